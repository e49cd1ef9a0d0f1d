namespace AccessGateway.Issuance;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>One transaction with leaves in it.</summary>
internal sealed class LeafWriter(GatewayDbContext db, AuditLog audit)
{
    /// <summary>Writes down those whose grant is active at this moment with their key; says of each what became of it.</summary>
    /// <exception cref="DbUpdateException">One of them cannot be written, so that none is.</exception>
    public async Task<LeafWrite[]> CommitAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> leaves, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var results = new LeafWrite[leaves.Count];
        for (var i = 0; i < leaves.Count; i++)
            results[i] = await AddAsync(leaves[i].Actor, leaves[i].Entry, cancellationToken) ? LeafWrite.Written : LeafWrite.Lost;
        await db.SaveChangesAsync(cancellationToken);
        Failpoint.Reach("issue.before-commit");
        await transaction.CommitAsync(cancellationToken);
        Failpoint.Reach("issue.after-commit");
        return results;
    }

    /// <summary>Into the caller's transaction and unit of work. The first key becomes the grant's here: of two at once one wins.</summary>
    /// <returns>Whether the grant is active and the key its own.</returns>
    public async Task<bool> AddAsync(string actor, LeafEntry entry, CancellationToken cancellationToken)
    {
        var (grant, leaf) = (entry.Grant, entry.Leaf);
        var counted = await db.Grants
            .Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > entry.At && (row.KeySha256 == null || row.KeySha256 == entry.Key))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, row => row.Leaves + 1).SetProperty(row => row.KeySha256, entry.Key), cancellationToken);
        if (counted == 0)
            return false;
        db.Leaves.Add(new IssuedLeaf
        {
            Cluster = grant.Cluster,
            Serial = leaf.Serial,
            GrantId = grant.Id,
            Sha256 = leaf.Sha256,
            NotAfter = leaf.NotAfter,
            IssuedAt = entry.At,
        });
        audit.Add(
            AuditEvents.LeafIssued, actor, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
            ("serial", leaf.Serial), ("sha256", leaf.Sha256), ("key", entry.Key), ("notAfter", leaf.NotAfter.ToString("O")));
        return true;
    }

    public Task<bool> HasSerialAsync(LeafEntry entry, CancellationToken cancellationToken) =>
        db.Leaves.AnyAsync(row => row.Cluster == entry.Grant.Cluster && row.Serial == entry.Leaf.Serial, cancellationToken);
}
