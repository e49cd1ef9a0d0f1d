namespace AccessGateway.Kubectl.Grants;

using System.CommandLine;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Kubeconfig;
using AccessGateway.Kubectl.Output;

/// <summary><c>end GRANT</c>: gives a grant back, or takes it away, and leaves nothing of it here.</summary>
internal static class EndCommand
{
    public static Command Create(CommandHost host)
    {
        var id = Arguments.Grant();
        var revoke = new Option<bool>("--revoke") { Description = "As an administrator: end somebody's grant." };
        var file = Arguments.Kubeconfig();
        var command = new Command("end", "End a grant before its time.") { id, revoke, file };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var grantId = parsed.GetRequiredValue(id);
            var grant = parsed.GetValue(revoke)
                ? await invocation.Gateway.RevokeAsync(grantId, cancellation)
                : await invocation.Gateway.RelinquishAsync(grantId, cancellation);
            invocation.Credentials.Forget(grantId);
            invocation.Printer.One(grant, GrantText.Kind, to => to.WriteLine(TerminalText.Clean($"Grant {grant.Id} has ended")));
            foreach (var line in OpenStreamsText.AfterTheEnd(grant, invocation.Now))
                invocation.Say(line);
            await CleanAsync(invocation, grantId, parsed.GetValue(file), cancellation);
        });
        return command;
    }

    /// <summary>The grant is over whatever becomes of the kubeconfig.</summary>
    private static async Task CleanAsync(Invocation invocation, string grantId, string? file, CancellationToken cancellation)
    {
        try
        {
            await new KubectlConfig(invocation.Environment, file).RemoveAsync(grantId, cancellation);
        }
        catch (CommandFailedException e)
        {
            invocation.Say($"warning: the kubeconfig may still name the grant: {e.Message}");
        }
    }
}
