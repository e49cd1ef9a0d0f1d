namespace AccessGateway.Keys;

using System.Collections.Concurrent;
using System.Data.Common;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>
/// The data keys as this process knows them. It learns of others' new keys by itself: an unknown key id, or a seal with knowledge older
/// than <see cref="Freshness"/>, makes it read the table again.
/// </summary>
internal sealed partial class KeyRing(IServiceScopeFactory scopes, KeyEncryptionKeys keyEncryptionKeys, TimeProvider clock, ILogger<KeyRing> logger) : IDisposable
{
    /// <summary>How long a retired key may still be taken for the active one.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private const int Attempts = 5;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, DataCipher> _ciphers = new(StringComparer.Ordinal);
    private volatile Known _known = new([], long.MinValue);

    /// <summary>Makes the keys that are missing and opens every key, so that a wrong key-encryption key stops the start.</summary>
    /// <exception cref="InvalidOperationException">The key-encryption key cannot be had, or is another one.</exception>
    public void Prepare()
    {
        lock (_gate)
        {
            Refresh();
            using var keys = keyEncryptionKeys.Open();
            foreach (var key in _known.Keys)
                Open(key, keys);
        }
    }

    /// <summary>A new data key for every purpose, not stored yet.</summary>
    public IReadOnlyList<DataKey> Make()
    {
        using var keys = keyEncryptionKeys.Open();
        return [.. SealedColumns.Purposes.Select(purpose => WrappedKey.New(purpose, keys.Current, clock.GetUtcNow()))];
    }

    /// <summary>Reads the table of data keys again.</summary>
    public void Reread()
    {
        lock (_gate)
            Refresh();
    }

    /// <summary>The active key of a purpose.</summary>
    public DataCipher ForSealing(string purpose)
    {
        if (_known.Active(purpose) is null)
            Reread();
        else if (clock.GetElapsedTime(_known.ReadAt) >= Freshness && _gate.TryEnter())
        {
            // One thread looks; the others go on with what they know, which is allowed while the old key is there.
            try
            {
                Refresh();
            }
            finally
            {
                _gate.Exit();
            }
        }

        var key = _known.Active(purpose) ?? throw new InvalidOperationException($"There is no data key for {purpose}.");
        return Cipher(key.Name)!;
    }

    /// <summary>The key with an id; null where there is none.</summary>
    public DataCipher? ForOpening(ReadOnlySpan<byte> id) => Cipher(DataKey.NameOf(id));

    public void Dispose()
    {
        foreach (var cipher in _ciphers.Values)
            cipher.Dispose();
        _ciphers.Clear();
    }

    private DataCipher? Cipher(string name)
    {
        if (_ciphers.TryGetValue(name, out var known))
            return known;
        lock (_gate)
        {
            if (_ciphers.TryGetValue(name, out known))
                return known;
            Refresh();
            if (_known.Keys.SingleOrDefault(key => key.Name == name) is not { } found)
                return null;
            using var keys = keyEncryptionKeys.Open();
            return Open(found, keys);
        }
    }

    private DataCipher Open(DataKey key, OpenKeyEncryptionKeys keys) => _ciphers.GetOrAdd(key.Name, _ =>
    {
        var by = keys.Of(key);
        LogOpened(key.Name, key.Purpose, by.Id);
        return WrappedKey.Open(key, by);
    });

    /// <summary>Reads the table, and adds the active keys that are missing: of several first starts at once, one's.</summary>
    private void Refresh()
    {
        for (var attempt = 1; ; attempt++)
        {
            using var scope = scopes.CreateScope();
            var db = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
            // A connection of its own: those who wait for this may hold all of the pool's.
            db.Database.SetConnectionString(new DbConnectionStringBuilder { ConnectionString = db.Database.GetConnectionString(), ["Pooling"] = false }.ConnectionString);
            var known = new Known(db.DataKeys.AsNoTracking().ToList(), clock.GetTimestamp());
            var missing = SealedColumns.Purposes.Where(purpose => known.Active(purpose) is null).ToList();
            if (missing.Count == 0)
            {
                Learn(known);
                return;
            }

            Add(missing, known, db, scope.ServiceProvider.GetRequiredService<AuditLog>());
            try
            {
                db.SaveChanges();
            }
            catch (Exception e) when (attempt < Attempts && (e is DbUpdateException or InvalidOperationException { InnerException: DbUpdateException }))
            {
                // Another replica was first, and its keys are there now; or each waited for one of the other's, and PostgreSQL chose who gives way.
            }
        }
    }

    private void Add(List<string> purposes, Known known, GatewayDbContext db, AuditLog audit)
    {
        if (known.Keys.Count == 0)
            keyEncryptionKeys.CreateIfMissing();
        using var keys = keyEncryptionKeys.Open();
        // Whoever comes with another key-encryption key finds out before it adds to the others'.
        foreach (var key in known.Keys)
            keys.Of(key);
        var added = purposes.Select(purpose => WrappedKey.New(purpose, keys.Current, clock.GetUtcNow())).ToList();
        db.DataKeys.AddRange(added);
        audit.Add(
            AuditEvents.KeysCreated, AuditEvents.Gateway,
            details: [("keys", string.Join(", ", added.Select(key => $"{key.Purpose} {key.Name}"))), ("keyEncryptionKey", keys.Current.Id)]);
    }

    private void Learn(Known known)
    {
        _known = known;
        var names = known.Keys.Select(key => key.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _ciphers.Keys.Where(name => !names.Contains(name)))
        {
            if (_ciphers.TryRemove(gone, out var cipher))
                cipher.Dispose();
        }
    }

    /// <summary>The table as it was read.</summary>
    private sealed record Known(IReadOnlyList<DataKey> Keys, long ReadAt)
    {
        public DataKey? Active(string purpose) => Keys.SingleOrDefault(key => key.Purpose == purpose && key.RetiredAt is null);
    }
}
