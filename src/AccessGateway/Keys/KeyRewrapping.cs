namespace AccessGateway.Keys;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Wraps every data key by the configured key-encryption key, so that the previous one can go. No sealed value changes, and
/// running gateways notice nothing.</summary>
internal sealed class KeyRewrapping(GatewayDbContext db, KeyEncryptionKeys keyEncryptionKeys, AuditLog audit)
{
    /// <returns>The data keys that were wrapped by another key before; empty where none was.</returns>
    /// <exception cref="InvalidOperationException">A key-encryption key cannot be had, or a data key is wrapped by neither.</exception>
    public async Task<IReadOnlyList<DataKey>> RunAsync(string actor, CancellationToken cancellationToken)
    {
        using var keys = keyEncryptionKeys.Open();
        var current = keys.Current;
        var others = await db.DataKeys.AsNoTracking().Where(key => key.KeyEncryptionKeyId != current.Id).ToListAsync(cancellationToken);
        if (others.Count == 0)
            return [];
        var rewrapped = others.Select(key => (Key: key, Fresh: WrappedKey.Rewrap(key, keys.Of(key), current))).ToList();

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var (key, fresh) in rewrapped)
        {
            // A key that another run wrapped or deleted meanwhile is left as it is.
            await db.DataKeys.Where(row => row.Id == key.Id && row.WrappedKey == key.WrappedKey)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.WrappedKey, fresh).SetProperty(row => row.KeyEncryptionKeyId, current.Id), cancellationToken);
        }

        audit.Add(
            AuditEvents.KeysRewrapped, actor,
            details: [("from", string.Join(", ", others.Select(key => key.KeyEncryptionKeyId).Distinct())), ("keyEncryptionKey", current.Id), ("keys", string.Join(", ", others.Select(key => key.Name)))]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return others;
    }
}
