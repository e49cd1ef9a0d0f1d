namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Grants;
using AccessGateway.Kubectl.Output;

internal static class ActivateCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.AccessRequest();
        var use = new Option<bool>("--use") { Description = "Add a context to the kubeconfig at once." };
        var command = new Command("activate", "Turn an approved request into a grant: its time starts now.") { id, use };
        host.Handle(command, (parsed, invocation, cancellation) => ActivateAsync(
            invocation,
            parsed.GetRequiredValue(id),
            parsed.GetValue(use) ? new KubeconfigChoice(null, null, false) : null,
            cancellation));
        return command;
    }

    /// <param name="use">Where to add the context; null for not at all.</param>
    public static async Task ActivateAsync(Invocation invocation, string requestId, KubeconfigChoice? use, CancellationToken cancellation)
    {
        var grant = await invocation.Gateway.ActivateAsync(requestId, cancellation);
        invocation.Printer.One(grant, GrantText.Kind, to =>
        {
            to.WriteLine(TerminalText.Clean($"Grant {grant.Id} ends {AccessRequestText.Instant(grant.NotAfter, invocation.Now)}"));
            if (use is null)
                to.WriteLine(TerminalText.Clean($"Use it with: kubectl access use {grant.Id}"));
        });
        if (use is not null)
            await UseCommand.UseAsync(invocation, grant, use, cancellation);
    }
}
