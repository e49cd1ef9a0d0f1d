namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The registered clusters, from here; needs no gateway that runs.</summary>
internal static class ClustersCommand
{
    private static readonly Argument<string?> Cluster = new("cluster") { Description = "The cluster's name; every registered one where missing.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> Issue = new("--issue") { Description = "With the signer kubernetesCsr: also has the cluster make a certificate, by one CertificateSigningRequest." };

    public static Command Create()
    {
        var check = new Command("check", "Looks whether the gateway can do its work on a cluster: TLS, version, clock, its own rights, its CA. Exits with 1 where something fails.") { Cluster, Issue };
        check.SetAction(CheckAsync);
        return new Command("clusters", "The registered clusters.") { check };
    }

    private static async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var outcome = await gateway.Services.GetRequiredService<ClusterChecks>().RunAsync(AuditEvents.Console, parsed.GetValue(Cluster), parsed.GetValue(Issue), cancellationToken);
        if (!outcome.Is(out var found, out var refusal))
            return await CommandRunner.RefuseAsync(refusal.Detail);
        if (parsed.GetValue(CommonOptions.Output) == "json")
            Console.WriteLine(JsonSerializer.Serialize(found, GatewayJson.Default.ListClusterChecksView));
        else
            Write(found);
        return found.Exists(cluster => cluster.Outcome == CheckOutcome.Failed) ? CommandRunner.Refused : 0;
    }

    private static void Write(List<ClusterChecksView> found)
    {
        foreach (var cluster in found)
        {
            Console.WriteLine(cluster.Cluster);
            foreach (var check in cluster.Checks)
            {
                Console.WriteLine($"  {check.Outcome.ToString().ToLowerInvariant(),-8} {check.Check,-19} {Clean(check.Found)}");
                foreach (var detail in check.Details)
                    Console.WriteLine($"{"",31}- {Clean(detail)}");
                if (check.Then is { } then)
                    Console.WriteLine($"{"",31}> {Clean(then)}");
            }
        }
    }

    /// <summary>Some of it is the cluster's own words.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
