namespace AccessGateway.Issuance;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>A leaf that is to be handed out.</summary>
/// <param name="Grant">As it was read.</param>
/// <param name="Key">The leaf's own, as <see cref="GrantKeys.Of"/>.</param>
internal sealed record LeafEntry(Grant Grant, Leaf Leaf, string Key, DateTimeOffset At)
{
    public bool ReplacesTheKey => Grant.KeySha256 is { } known && known != Key;
}

/// <summary>Writes leaves down, with their audit events and the grant's key, before they are handed out.</summary>
internal sealed class LeafRecords(GatewayDbContext db, GrantKeys keys, AuditLog audit)
{
    /// <summary>Why this key gets no leaf, asked before anything is signed; null where it may.</summary>
    public async Task<Refusal?> KeyProblemAsync(Caller caller, Grant grant, string key, string? proof, CancellationToken cancellationToken) =>
        grant.KeySha256 is null || grant.KeySha256 == key || !string.IsNullOrEmpty(proof) ? null : await keys.DemandAsync(caller, grant, cancellationToken);

    /// <summary>Writes a leaf down, if the grant is still active at this moment and the key is its own. Null where it did: only then may the
    /// leaf be given away.</summary>
    /// <param name="proof">A step-up proof for <c>key:{id}</c>; looked at where the key is another than the grant's.</param>
    public async Task<Refusal?> WriteAsync(Caller caller, LeafEntry entry, string? proof, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (entry.ReplacesTheKey && await keys.ReplaceAsync(caller, entry.Grant, entry.Key, proof ?? "", cancellationToken) is { } refusal)
            return refusal;
        if (await CountAsync(entry, cancellationToken) == 0)
            return await LostAsync(caller, entry, cancellationToken);
        Add(caller, entry);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            await transaction.RollbackAsync(cancellationToken);
            if (await db.Leaves.AnyAsync(row => row.Cluster == entry.Grant.Cluster && row.Serial == entry.Leaf.Serial, cancellationToken))
                return SerialTwice(entry);
            throw;
        }

        Failpoint.Reach("issue.before-commit");
        await transaction.CommitAsync(cancellationToken);
        Failpoint.Reach("issue.after-commit");
        return null;
    }

    /// <summary>1 where the grant is active and the key its own: the first key becomes that here. Two at once: one wins.</summary>
    private Task<int> CountAsync(LeafEntry entry, CancellationToken cancellationToken) => db.Grants
        .Where(row => row.Id == entry.Grant.Id && row.State == GrantState.Active && row.NotAfter > entry.At && (row.KeySha256 == null || row.KeySha256 == entry.Key))
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, row => row.Leaves + 1).SetProperty(row => row.KeySha256, entry.Key), cancellationToken);

    private async Task<Refusal> LostAsync(Caller caller, LeafEntry entry, CancellationToken cancellationToken)
    {
        var now = await db.Grants.AsNoTracking().SingleAsync(row => row.Id == entry.Grant.Id, cancellationToken);
        return now.IsActiveAt(entry.At) ? await keys.DemandAsync(caller, now, cancellationToken) : now.Over(entry.At);
    }

    private void Add(Caller caller, LeafEntry entry)
    {
        var (grant, leaf) = (entry.Grant, entry.Leaf);
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
            AuditEvents.LeafIssued, caller.Name, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
            ("serial", leaf.Serial), ("sha256", leaf.Sha256), ("key", entry.Key), ("notAfter", leaf.NotAfter.ToString("O")));
    }

    /// <summary>Somebody else's certificate would be told apart from this one by nothing that Kubernetes writes down (I10).</summary>
    private static Refusal.ClusterFailed SerialTwice(LeafEntry entry) =>
        new($"The signer of cluster '{entry.Grant.Cluster}' gave the serial {entry.Leaf.Serial} a second time.");
}
