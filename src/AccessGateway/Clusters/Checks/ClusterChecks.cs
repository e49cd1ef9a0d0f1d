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
    private static readonly Refusal NotAllowed = new Refusal.Forbidden("Clusters are looked at by administrators and auditors of the gateway.");

    /// <summary>Looks now, unless somebody did a moment ago.</summary>
    public async Task<Outcome<ClusterChecksView>> RunAsync(Caller caller, string cluster, CancellationToken cancellationToken)
    {
        if (!caller.IsAuditor)
            return NotAllowed;
        return documents.Cluster(cluster) is { } definition ? await RunAsync(caller.Name, definition, issue: false, cancellationToken) : NotRegistered(cluster);
    }

    /// <summary>The last look, however old it is; none where nobody looked since the gateway started.</summary>
    public ClusterChecksView? Last(Caller caller, string cluster) => caller.IsAuditor ? runs.Last(cluster) : null;

    /// <summary>Every cluster, in the order of their names, each looked at now.</summary>
    /// <param name="name">Only this one; all where missing.</param>
    public async Task<Outcome<List<ClusterChecksView>>> RunAsync(string actor, string? name, bool issue, CancellationToken cancellationToken)
    {
        if (name is not null && documents.Cluster(name) is null)
            return NotRegistered(name);
        var found = new List<ClusterChecksView>();
        foreach (var cluster in documents.Clusters.Where(cluster => name is null || cluster.Name == name).OrderBy(cluster => cluster.Name, StringComparer.Ordinal))
            found.Add(await RunAsync(actor, cluster, issue, cancellationToken));
        return found;
    }

    private async Task<ClusterChecksView> RunAsync(string actor, ClusterDefinition cluster, bool issue, CancellationToken cancellationToken)
    {
        if (runs.Current(cluster.Name) is { } current)
            return await current.WaitAsync(cancellationToken);
        // A look has a leaf signed, though one that is bound to nothing and whose key is forgotten: I3.
        audit.Add(AuditEvents.ClusterChecked, actor, cluster: cluster.Name);
        await db.SaveChangesAsync(cancellationToken);
        return await runs.OfAsync(cluster.Name, () => probes.RunAsync(documents, cluster, issue)).WaitAsync(cancellationToken);
    }

    private static Refusal.NotFound NotRegistered(string cluster) => new($"No cluster '{cluster}' is registered.");
}
