namespace AccessGateway.Kubectl.Posture;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;

internal static class PostureCommand
{
    public static Command Create(CommandHost host)
    {
        var cluster = Arguments.Cluster();
        var all = new Option<bool>("--all", "-A") { Description = "Show harmless access, and that of the cluster's own parts, too." };
        var draft = new Option<bool>("--policy-draft") { Description = "Print only YAML of policies that could take the place of standing access." };
        var command = new Command("posture", "Report who holds what in a cluster for good, and what of it should be hardened; for administrators and auditors.") { cluster, all, draft };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var posture = await invocation.Gateway.PostureAsync(parsed.GetRequiredValue(cluster), cancellation);
            if (!parsed.GetValue(draft))
                invocation.Printer.Value(posture, GatewayJson.Default.PostureView, to => PostureText.Write(to, posture, parsed.GetValue(all)));
            else if (posture.Problem is { } problem)
                throw new CommandFailedException(problem.TrimEnd('.'));
            else if (posture.PolicyDraft is { } yaml)
                await invocation.Environment.Out.WriteAsync(DraftText.Clean(yaml));
            else
                invocation.Say("Nothing stands that a policy could take the place of.");
        });
        return command;
    }
}
