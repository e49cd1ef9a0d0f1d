namespace AccessGateway.Keys;

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Looks at the data keys and at what they have sealed. Listing needs no key-encryption key.</summary>
internal sealed class KeyInventory(GatewayDbContext db, SecretBox box)
{
    private const int PageSize = 200;

    /// <summary>Every data key and how many values it has sealed, by purpose; the active one first.</summary>
    public async Task<IReadOnlyList<DataKeyUse>> ListAsync(CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var column in SealedColumns.All)
        {
            foreach (var (key, count) in await column.CountByKeyAsync(db, cancellationToken))
                counts[key] = counts.GetValueOrDefault(key) + count;
        }

        var keys = await db.DataKeys.AsNoTracking().ToListAsync(cancellationToken);
        return [.. keys.OrderBy(key => key.Purpose, StringComparer.Ordinal).ThenBy(key => key.RetiredAt is not null).ThenByDescending(key => key.CreatedAt)
            .Select(key => new DataKeyUse(key, counts.GetValueOrDefault(key.Name)))];
    }

    /// <summary>Opens every sealed value, and says of each whether it opens.</summary>
    public async IAsyncEnumerable<SealedValueState> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in await db.DataKeys.AsNoTracking().OrderBy(key => key.CreatedAt).ToListAsync(cancellationToken))
        {
            foreach (var column in SealedColumns.All)
            {
                await foreach (var value in ValuesAsync(column, key, cancellationToken))
                    yield return new SealedValueState(column, value.Row, ProblemOf(column, value));
            }
        }
    }

    /// <summary>The values of a column that a data key has sealed, in pages.</summary>
    public async IAsyncEnumerable<SealedValue> ValuesAsync(SealedColumn column, DataKey key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = "";
        for (; ; )
        {
            var page = await column.PageAsync(db, key.Id, after, PageSize, cancellationToken);
            foreach (var value in page)
                yield return value;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Row;
        }
    }

    private string? ProblemOf(SealedColumn column, SealedValue value)
    {
        try
        {
            CryptographicOperations.ZeroMemory(box.Open(value.Ciphertext, column.Table, value.Row, column.Name));
            return null;
        }
        catch (CryptographicException e)
        {
            return e.Message;
        }
    }
}

/// <summary>A data key and how many values it has sealed.</summary>
internal sealed record DataKeyUse(DataKey Key, int Values);

/// <summary>Whether a sealed value opens.</summary>
/// <param name="Problem">Null where it opens.</param>
internal sealed record SealedValueState(SealedColumn Column, string Row, string? Problem);
