namespace AccessGateway.KubeCalls;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>What was done under a grant, as far as its cluster tells. Whoever asks has found the grant first: there is no authorization of its
/// own here.</summary>
internal sealed class KubeCalls(GatewayDbContext db, GatewayDocuments documents)
{
    /// <summary>Nobody reads more; the count is of all.</summary>
    private const int MostShown = 100;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<KubeCallView>> LatestAsync(string grantId, int take, CancellationToken cancellationToken)
    {
        var calls = await db.KubeCalls.AsNoTracking().Where(row => row.GrantId == grantId)
            .OrderByDescending(row => row.ReceivedAt).ThenBy(row => row.Id).Take(take).ToListAsync(cancellationToken);
        return [.. calls.Select(call => call.ToView())];
    }

    /// <summary>The streams that were open when access ended, or are open now: Kubernetes asks nobody again while they last. Null where
    /// the cluster does not tell.</summary>
    /// <param name="ended">When the grant ended; null while it is active.</param>
    public async Task<IReadOnlyList<KubeCallView>?> OpenStreamsAsync(string cluster, string grantId, DateTimeOffset? ended, CancellationToken cancellationToken)
    {
        var open = await Open().Where(row => row.GrantId == grantId && (row.CompletedAt == null || (ended != null && row.CompletedAt > ended)))
            .OrderBy(row => row.ReceivedAt).Take(MostShown).ToListAsync(cancellationToken);
        return open.Count == 0 && !Tells(cluster) ? null : [.. open.Select(call => call.ToView())];
    }

    /// <summary>How many were open when each of some ended grants ended, without those that had none; null where the cluster does not tell.</summary>
    public async Task<IReadOnlyDictionary<string, int>?> CountOpenAtEndAsync(string cluster, IReadOnlyCollection<string> grantIds, CancellationToken cancellationToken) => !Tells(cluster)
        ? null
        : await Open().Where(row => grantIds.Contains(row.GrantId))
            .Join(db.Grants, row => row.GrantId, grant => grant.Id, (row, grant) => new { row.GrantId, row.CompletedAt, End = grant.EndedAt ?? grant.NotAfter })
            .Where(row => row.CompletedAt == null || row.CompletedAt > row.End)
            .GroupBy(row => row.GrantId).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(row => row.Key, row => row.Count, cancellationToken);

    private bool Tells(string cluster) => documents.Cluster(cluster)?.AuditTokenSha256 is not null;

    /// <summary>Without a latest beginning: what begins after the end is refused, and the clocks of cluster and gateway differ.</summary>
    private IQueryable<KubeCall> Open() => db.KubeCalls.AsNoTracking().Where(row => row.IsStream && (row.Code == null || row.Code < 400));
}
