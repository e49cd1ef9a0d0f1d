namespace AccessGateway.Kubectl.Diagnosis;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Output;

/// <summary>What the gateway found at clusters: a table, then what to do.</summary>
internal static class ClusterChecksText
{
    public static void Write(TextWriter to, IReadOnlyList<ClusterChecksView> clusters)
    {
        if (clusters.Count == 0)
            return;
        to.WriteLine();
        Table.Write(to, ["CLUSTER", "CHECK", "STATUS", "FOUND"], clusters.SelectMany(cluster => cluster.Checks.Select(check =>
            (IReadOnlyList<string?>)[cluster.Cluster, check.Check, check.Outcome.ToString().ToLowerInvariant(), check.Found])));
        foreach (var cluster in clusters)
        {
            foreach (var check in cluster.Checks.Where(check => check.Then is not null || check.Details.Count > 0))
            {
                to.WriteLine();
                to.WriteLine(TerminalText.Clean($"{cluster.Cluster}, {check.Check}:"));
                foreach (var detail in check.Details)
                    to.WriteLine(TerminalText.Clean($"  - {detail}"));
                if (check.Then is { } then)
                    to.WriteLine(TerminalText.Clean($"  {then}"));
            }
        }
    }
}
