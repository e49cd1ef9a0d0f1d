namespace AccessGateway.Keys;

using System.Data.Common;
using System.Security.Cryptography;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Puts new data keys in the place of all there are, while gateways run: makes them, re-encrypts value by value, and deletes each old key
/// when nothing is sealed with it any more. Killed at any point, the next run finishes it.
/// </summary>
internal sealed class KeyRotation(GatewayDbContext db, KeyRing keys, KeyInventory inventory, SecretBox box, AuditLog audit)
{
    /// <summary>How long old keys stay for gateways that have not seen the new ones, and for their writes that are under way. Too short
    /// a time loses nothing: the database takes no value whose key is gone, and such a write fails.</summary>
    public static readonly TimeSpan DefaultWait = 2 * KeyRing.Freshness;

    private const int Rounds = 10;

    /// <param name="wait">How long old keys stay at least.</param>
    /// <exception cref="InvalidOperationException">The key-encryption key cannot be had, or is another one.</exception>
    public async Task<KeyRotationResult> RunAsync(string actor, TimeSpan wait, TimeProvider clock, CancellationToken cancellationToken)
    {
        keys.Prepare();
        var resumed = await db.DataKeys.AnyAsync(key => key.RetiredAt != null, cancellationToken) || !await ReplaceAsync(actor, clock, cancellationToken);
        Failpoint.Reach("keys.after-replace");
        keys.Reread();

        var retired = await db.DataKeys.AsNoTracking().Where(key => key.RetiredAt != null).ToListAsync(cancellationToken);
        var tally = new Tally();
        await ReencryptAsync(retired, tally, cancellationToken);
        if (retired.Max(key => key.RetiredAt) + wait - clock.GetUtcNow() is { } left && left > TimeSpan.Zero)
            await Task.Delay(left, clock, cancellationToken);

        for (var round = 0; round < Rounds && retired.Count > 0; round++)
        {
            await ReencryptAsync(retired, tally, cancellationToken);
            foreach (var key in retired.ToList())
            {
                if (await DeleteAsync(key, actor, cancellationToken))
                    retired.Remove(key);
            }
        }

        return new KeyRotationResult(resumed, tally.Reencrypted, tally.Broken, retired);
    }

    /// <summary>Makes new keys the active ones, all of them or none; false where another rotation was first.</summary>
    private async Task<bool> ReplaceAsync(string actor, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var fresh = keys.Make();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var old in await db.DataKeys.AsNoTracking().Where(key => key.RetiredAt == null).ToListAsync(cancellationToken))
        {
            if (await db.DataKeys.Where(key => key.Id == old.Id && key.RetiredAt == null).ExecuteUpdateAsync(set => set.SetProperty(key => key.RetiredAt, now), cancellationToken) == 0)
                return false;
        }

        db.DataKeys.AddRange(fresh);
        audit.Add(AuditEvents.KeysRotated, actor, details: [("keys", string.Join(", ", fresh.Select(key => $"{key.Purpose} {key.Name}"))), ("keyEncryptionKey", fresh[0].KeyEncryptionKeyId)]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task ReencryptAsync(List<DataKey> retired, Tally tally, CancellationToken cancellationToken)
    {
        tally.Broken.Clear();
        foreach (var key in retired)
        {
            foreach (var column in SealedColumns.All)
            {
                await foreach (var value in inventory.ValuesAsync(column, key, cancellationToken))
                    await ReencryptAsync(column, value, tally, cancellationToken);
            }
        }
    }

    private async Task ReencryptAsync(SealedColumn column, SealedValue value, Tally tally, CancellationToken cancellationToken)
    {
        try
        {
            var plaintext = box.Open(value.Ciphertext, column.Table, value.Row, column.Name);
            var fresh = box.Seal(plaintext, column.Table, value.Row, column.Name);
            CryptographicOperations.ZeroMemory(plaintext);
            // Changed meanwhile: then it is what somebody just sealed, or a later round's work.
            if (await column.ReplaceAsync(db, value, fresh, cancellationToken))
                tally.Reencrypted++;
            Failpoint.Reach("keys.after-first-value");
        }
        catch (CryptographicException e)
        {
            // It must not keep the others from a new key. Its own key stays.
            tally.Broken.Add(e.Message);
        }
    }

    /// <summary>Deletes a retired key that nothing is sealed with; false where something is.</summary>
    private async Task<bool> DeleteAsync(DataKey key, string actor, CancellationToken cancellationToken)
    {
        if (await IsUsedAsync(key, cancellationToken))
            return false;
        Failpoint.Reach("keys.before-delete");
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (await db.DataKeys.Where(row => row.Id == key.Id && row.RetiredAt != null).ExecuteDeleteAsync(cancellationToken) == 1)
                audit.Add(AuditEvents.KeysDeleted, actor, details: ("keys", $"{key.Purpose} {key.Name}"));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (DbException)
        {
            // The foreign key held: a write came in between. Anything else is an outage.
            db.ChangeTracker.Clear();
            if (await IsUsedAsync(key, cancellationToken))
                return false;
            throw;
        }
    }

    private async Task<bool> IsUsedAsync(DataKey key, CancellationToken cancellationToken)
    {
        foreach (var column in SealedColumns.All)
        {
            if ((await column.PageAsync(db, key.Id, "", take: 1, cancellationToken)).Count > 0)
                return true;
        }

        return false;
    }

    private sealed class Tally
    {
        public int Reencrypted { get; set; }

        public List<string> Broken { get; } = [];
    }
}

/// <summary>What a rotation did.</summary>
/// <param name="Resumed">It finished one that was begun before, and began none.</param>
/// <param name="Reencrypted">How many values were sealed anew.</param>
/// <param name="Broken">Values that do not open, and why.</param>
/// <param name="Remaining">Old keys that something is still sealed with.</param>
internal sealed record KeyRotationResult(bool Resumed, int Reencrypted, IReadOnlyList<string> Broken, IReadOnlyList<DataKey> Remaining);
