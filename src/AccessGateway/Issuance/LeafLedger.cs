namespace AccessGateway.Issuance;

using System.Data.Common;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>What became of a leaf that was to be written down.</summary>
internal enum LeafWrite
{
    /// <summary>It is committed: it may be given away.</summary>
    Written,

    /// <summary>The grant is over, or the key is not its own.</summary>
    Lost,

    /// <summary>There is another leaf of this serial.</summary>
    SerialTwice,
}

/// <summary>Writes leaves of many requests in one transaction, each guarded and with its own audit event, and answers each after the commit.</summary>
internal sealed class LeafLedger
{
    /// <summary>Leaves in one transaction at most: other writers wait for it.</summary>
    private const int Most = 256;

    /// <summary>Another replica's transaction holds what this one needs, and the other way round; PostgreSQL has taken this one back.</summary>
    private const string Deadlock = "40P01";

    private readonly IServiceScopeFactory _scopes;
    private readonly Batches<(string Actor, LeafEntry Entry), Task<LeafWrite>> _writes;

    public LeafLedger(IServiceScopeFactory scopes)
    {
        _scopes = scopes;
        _writes = new(Most, WriteAsync);
    }

    /// <summary>Not cancelled: what stands in line may be written for others by then.</summary>
    public async Task<LeafWrite> WriteAsync(string actor, LeafEntry entry) => await await _writes.DoAsync((actor, entry));

    private async Task<IReadOnlyList<Task<LeafWrite>>> WriteAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> some)
    {
        try
        {
            return [.. (await CommitAsync(some)).Select(Task.FromResult)];
        }
        // After anything else, an outage, nobody knows whether it was committed, and nobody gets a leaf.
        catch (Exception e) when (e is DbUpdateException or InvalidOperationException or DbException { SqlState: Deadlock })
        {
            // One that cannot be written must not take the others with it.
            var each = new List<Task<LeafWrite>>();
            foreach (var (actor, entry) in some)
            {
                each.Add(WriteAloneAsync(actor, entry));
                await Task.WhenAny(each[^1]);
            }

            return each;
        }
    }

    private async Task<LeafWrite> WriteAloneAsync(string actor, LeafEntry entry)
    {
        try
        {
            return (await CommitAsync([(actor, entry)]))[0];
        }
        catch (DbUpdateException)
        {
            await using var scope = _scopes.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<LeafWriter>().HasSerialAsync(entry, CancellationToken.None))
                return LeafWrite.SerialTwice;
            throw;
        }
    }

    private async Task<LeafWrite[]> CommitAsync(IReadOnlyList<(string Actor, LeafEntry Entry)> some)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<LeafWriter>().CommitAsync(some, CancellationToken.None);
    }
}
