namespace AccessGateway.Kubectl.Grants;

using System.CommandLine;
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
        var command = new Command("extend", "Ask for more time on a grant.") { id, duration };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var grant = await invocation.Gateway.ExtendAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(duration)!, cancellation);
            invocation.Printer.One(grant, GrantText.Kind, to =>
                to.WriteLine(TerminalText.Clean($"Grant {grant.Id} now ends {AccessRequestText.Instant(grant.NotAfter, invocation.Now)}")));
        });
        return command;
    }
}
