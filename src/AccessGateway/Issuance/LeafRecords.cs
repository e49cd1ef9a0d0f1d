namespace AccessGateway.Issuance;

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
internal sealed class LeafRecords(GatewayDbContext db, GrantKeys keys, LeafLedger ledger, LeafWriter writer)
{
    /// <summary>Why this key gets no leaf, asked before anything is signed; null where it may.</summary>
    public async Task<Refusal?> KeyProblemAsync(Caller caller, Grant grant, string key, string? proof, CancellationToken cancellationToken) =>
        grant.KeySha256 is null || grant.KeySha256 == key ? null : await keys.ProblemAsync(caller, grant, proof, cancellationToken);

    /// <summary>Writes a leaf down, if the grant is still active at this moment and the key is its own. Null where it did: only then may the
    /// leaf be given away.</summary>
    /// <param name="proof">A step-up proof for <c>key:{id}</c>; looked at where the key is another than the grant's.</param>
    public async Task<Refusal?> WriteAsync(Caller caller, LeafEntry entry, string? proof, CancellationToken cancellationToken)
    {
        if (entry.ReplacesTheKey)
            return await ReplaceAsync(caller, entry, proof ?? "", cancellationToken);
        return await ledger.WriteAsync(caller.Name, entry) switch
        {
            LeafWrite.Written => null,
            // Somebody else's certificate would be told apart from this one by nothing that Kubernetes writes down (I10).
            LeafWrite.SerialTwice => new Refusal.ClusterFailed($"The signer of cluster '{entry.Grant.Cluster}' gave the serial {entry.Leaf.Serial} a second time."),
            _ => await LostAsync(caller, entry, cancellationToken),
        };
    }

    /// <summary>Together with the proof that is spent for it, and by itself: it is rare.</summary>
    private async Task<Refusal?> ReplaceAsync(Caller caller, LeafEntry entry, string proof, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await keys.ReplaceAsync(caller, entry.Grant, entry.Key, proof, cancellationToken) is { } refusal)
            return refusal;
        if (!await writer.AddAsync(caller.Name, entry, cancellationToken))
            return await LostAsync(caller, entry, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    private async Task<Refusal> LostAsync(Caller caller, LeafEntry entry, CancellationToken cancellationToken)
    {
        var now = await db.Grants.AsNoTracking().SingleAsync(row => row.Id == entry.Grant.Id, cancellationToken);
        return now.IsActiveAt(entry.At) ? await keys.DemandAsync(caller, now, cancellationToken) : now.Over(entry.At);
    }
}
