namespace AccessGateway.Clusters;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>Whether the gateway can do its work on a cluster. For administrators and auditors: what is found tells whoever attacks where to begin.</summary>
internal sealed class ClusterChecks(GatewayDocuments documents, ClusterProbes probes, ClusterCheckRuns runs, AuditLog audit, GatewayDbContext db)
{
    /// <summary>Clusters that are looked at beside each other: many that do not answer take no longer than a few.</summary>
    private const int AtOnce = 16;

    private static readonly Refusal NotAllowed = new Refusal.Forbidden("Clusters are looked at by administrators and auditors of the gateway.");

    /// <summary>Looks now, unless somebody did a moment ago.</summary>
    public async Task<Outcome<ClusterChecksView>> RunAsync(Caller caller, string cluster, CancellationToken cancellationToken)
    {
        if (!caller.IsAuditor)
            return NotAllowed;
        return documents.Cluster(cluster) is { } definition ? (await RunAsync(caller.Name, [definition], issue: false, cancellationToken))[0] : NotRegistered(cluster);
    }

    /// <summary>The last look, however old it is; none where nobody looked since the gateway started.</summary>
    public ClusterChecksView? Last(Caller caller, string cluster) => caller.IsAuditor ? runs.Last(cluster) : null;

    /// <summary>Every cluster, in the order of their names, each looked at now.</summary>
    /// <param name="name">Only this one; all where missing.</param>
    public async Task<Outcome<List<ClusterChecksView>>> RunAsync(string actor, string? name, bool issue, CancellationToken cancellationToken)
    {
        if (name is not null && documents.Cluster(name) is null)
            return NotRegistered(name);
        return (await RunAsync(actor, [.. documents.Clusters.Where(cluster => name is null || cluster.Name == name).OrderBy(cluster => cluster.Name, StringComparer.Ordinal)], issue, cancellationToken)).ToList();
    }

    private async Task<ClusterChecksView[]> RunAsync(string actor, IReadOnlyList<ClusterDefinition> clusters, bool issue, CancellationToken cancellationToken)
    {
        var current = clusters.Select(cluster => runs.Current(cluster.Name)).ToList();
        // A look has a leaf signed, though one that is bound to nothing and whose key is forgotten: I3.
        foreach (var cluster in clusters.Where((_, index) => current[index] is null))
            audit.Add(AuditEvents.ClusterChecked, actor, cluster: cluster.Name);
        await db.SaveChangesAsync(cancellationToken);
        var found = new ClusterChecksView[clusters.Count];
        await Parallel.ForAsync(0, clusters.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (index, token) =>
            found[index] = await (current[index] ?? runs.OfAsync(clusters[index].Name, () => probes.RunAsync(documents, clusters[index], issue))).WaitAsync(token));
        return found;
    }

    private static Refusal.NotFound NotRegistered(string cluster) => new($"No cluster '{cluster}' is registered.");
}
