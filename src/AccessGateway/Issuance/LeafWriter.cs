namespace AccessGateway.Issuance;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

/// <summary>One transaction with leaves in it.</summary>
internal sealed class LeafWriter(GatewayDbContext db, AuditLog audit)
{
    /// <summary>Writes down those whose grant is active at this moment with their key; says of each what became of it.</summary>
    /// <exception cref="DbUpdateException">One of them cannot be written, so that none is.</exception>
    public async Task<LeafWrite[]> CommitAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> leaves, CancellationToken cancellationToken) =>
        (leaves.Count > 1 ? await CommitTogetherAsync(leaves, cancellationToken) : null) ?? await CommitEachAsync(leaves, cancellationToken);

    /// <summary>Into the caller's transaction and unit of work. The first key becomes the grant's here: of two at once one wins.</summary>
    /// <returns>Whether the grant is active and the key its own.</returns>
    public async Task<bool> AddAsync(string actor, LeafEntry entry, CancellationToken cancellationToken)
    {
        var grant = entry.Grant;
        var counted = await db.Grants
            .Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > entry.At && (row.KeySha256 == null || row.KeySha256 == entry.Key))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, row => row.Leaves + 1).SetProperty(row => row.KeySha256, entry.Key), cancellationToken);
        if (counted == 1)
            db.AddRange(RowsOf(actor, entry));
        return counted == 1;
    }

    public Task<bool> HasSerialAsync(LeafEntry entry, CancellationToken cancellationToken) =>
        db.Leaves.AnyAsync(row => row.Cluster == entry.Grant.Cluster && row.Serial == entry.Leaf.Serial, cancellationToken);

    /// <summary>One update for grants that have their keys already, which is how nearly all come; null, and nothing written, where that does not fit all.</summary>
    private async Task<LeafWrite[]?> CommitTogetherAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> leaves, CancellationToken cancellationToken)
    {
        var ids = leaves.Select(one => one.Entry.Grant.Id).Distinct().ToList();
        if (ids.Count < leaves.Count || leaves.Any(one => one.Entry.Grant.KeySha256 != one.Entry.Key))
            return null;
        var keys = leaves.Select(one => one.Entry.Grant.Id + one.Entry.Key).ToList();
        var at = leaves.Max(one => one.Entry.At);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var counted = await db.Grants
            .Where(row => EF.Parameter(ids).Contains(row.Id) && EF.Parameter(keys).Contains(row.Id + row.KeySha256) && row.State == GrantState.Active && row.NotAfter > at)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, row => row.Leaves + 1), cancellationToken);
        if (counted < leaves.Count)
            return null;
        await db.AppendAsync([.. leaves.SelectMany(leaf => RowsOf(leaf.Actor, leaf.Entry))], cancellationToken);
        await SaveAsync(transaction, cancellationToken);
        return [.. leaves.Select(_ => LeafWrite.Written)];
    }

    private async Task<LeafWrite[]> CommitEachAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> leaves, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var results = new LeafWrite[leaves.Count];
        // Rows are locked in the same order by every replica: two that wait for each other would both fail.
        foreach (var i in Enumerable.Range(0, leaves.Count).OrderBy(i => leaves[i].Entry.Grant.Id, StringComparer.Ordinal))
            results[i] = await AddAsync(leaves[i].Actor, leaves[i].Entry, cancellationToken) ? LeafWrite.Written : LeafWrite.Lost;
        await SaveAsync(transaction, cancellationToken);
        return results;
    }

    private async Task SaveAsync(IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        Failpoint.Reach("issue.before-commit");
        await transaction.CommitAsync(cancellationToken);
        Failpoint.Reach("issue.after-commit");
    }

    private IEnumerable<IAppended> RowsOf(string actor, LeafEntry entry)
    {
        var (grant, leaf) = (entry.Grant, entry.Leaf);
        yield return new IssuedLeaf
        {
            Cluster = grant.Cluster,
            Serial = leaf.Serial,
            GrantId = grant.Id,
            Sha256 = leaf.Sha256,
            NotAfter = leaf.NotAfter,
            IssuedAt = entry.At,
        };
        yield return audit.Of(
            AuditEvents.LeafIssued, actor, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
            ("serial", leaf.Serial), ("sha256", leaf.Sha256), ("key", entry.Key), ("notAfter", leaf.NotAfter.ToString("O")));
    }
}
