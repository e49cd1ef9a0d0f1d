namespace AccessGateway.Kubectl.Grants;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.AccessRequests;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class ExtendCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.Grant();
        var duration = Arguments.Duration("--for", "How much longer.");
        duration.Required = true;
        var reason = new Option<string?>("--reason") { Description = "For the reviewers, where it needs approval.", HelpName = "TEXT" };
        var command = new Command("extend", "Ask for more time on a grant.") { id, duration, reason };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var asked = new ExtendGrant { Duration = parsed.GetRequiredValue(duration)!, Reason = parsed.GetValue(reason) };
            var (grant, request) = await invocation.Gateway.ExtendAsync(parsed.GetRequiredValue(id), asked, cancellation);
            if (request is not null)
                invocation.Printer.One(request, AccessRequestText.Kind, to => to.WriteLine(TerminalText.Clean(AccessRequestText.Next(request, invocation.Now))));
            else if (grant is not null)
                invocation.Printer.One(grant, GrantText.Kind, to =>
                    to.WriteLine(TerminalText.Clean($"Grant {grant.Id} now ends {AccessRequestText.Instant(grant.NotAfter, invocation.Now)}")));
        });
        return command;
    }
}
