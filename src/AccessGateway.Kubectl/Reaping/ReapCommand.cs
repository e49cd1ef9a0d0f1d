namespace AccessGateway.Kubectl.Reaping;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;

/// <summary><c>reap</c>: for a CronJob in the cluster, not for people. Removes the bindings of ended grants whether or not the gateway lives.</summary>
internal static class ReapCommand
{
    public static Command Create(CommandHost host)
    {
        var gateway = new Option<string>("--gateway") { Description = "The gateway's name, as its bindings are labelled.", HelpName = "NAME", DefaultValueFactory = _ => "access-gateway" };
        gateway.Validators.Add(result => Arguments.Check(result, Identifiers.IsDnsLabel, "is no gateway's name"));
        var grace = Arguments.Duration("--grace", "How long after its end a grant's binding is left to the gateway (60s).");
        var roles = new Option<bool>("--roles") { Description = "Remove the roles too that the gateway made for ended grants; needs rights on roles." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be deleted." };
        var server = new Option<string?>("--server") { Description = "The API server's address; else the one that a pod is told.", HelpName = "URL" };
        server.Validators.Add(result => Arguments.Check(result, IsServer, "is no https address"));
        var authority = new Option<string?>("--ca-file") { Description = "The API server's CA in PEM; else the pod's.", HelpName = "FILE" };
        var token = new Option<string?>("--token-file") { Description = "A ServiceAccount's token; else the pod's.", HelpName = "FILE" };
        var command = new Command("reap", "In a cluster: remove the bindings of ended grants, even if the gateway is dead.") { gateway, grace, roles, dryRun, server, authority, token };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var wait = DurationText.TryParse(parsed.GetValue(grace), out var given) ? given : TimeSpan.FromSeconds(60);
            var choice = new ReapChoice(parsed.GetRequiredValue(gateway), wait, parsed.GetValue(roles), parsed.GetValue(dryRun));
            using var cluster = new ClusterApi(ClusterAccess.Find(invocation.Environment, parsed.GetValue(server), parsed.GetValue(authority), parsed.GetValue(token)), invocation.Environment.Time);
            var reaped = await new Reaper(cluster, choice).RunAsync(cancellation);
            invocation.Printer.List(reaped, Reaped.Resource);
            var failed = reaped.Count(item => item.Outcome == ReapOutcome.Failed);
            if (failed > 0)
                throw new CommandFailedException($"{failed} of {reaped.Count} could not be deleted");
        });
        return command;
    }

    private static bool IsServer(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.Query.Length == 0;
}
