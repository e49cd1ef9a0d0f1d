namespace AccessGateway.Issuance;

using System.Collections.Concurrent;
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

/// <summary>
/// Writes leaves of many requests in one transaction, each guarded and with its own audit event, and answers each after the commit: one sync of
/// the disk serves all who came during the one before. Whoever comes first writes for those behind; nothing runs while nobody waits.
/// </summary>
internal sealed class LeafLedger(IServiceScopeFactory scopes) : IDisposable
{
    /// <summary>Leaves in one transaction at most: other writers wait for it.</summary>
    private const int Most = 64;

    private readonly ConcurrentQueue<Pending> _waiting = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Not cancelled: what stands in line may be written for others by then.</summary>
    public async Task<LeafWrite> WriteAsync(string actor, LeafEntry entry)
    {
        var mine = new Pending(actor, entry);
        _waiting.Enqueue(mine);
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            while (!mine.Done.Task.IsCompleted)
                await WriteSomeAsync();
        }
        finally
        {
            _turn.Release();
        }

        return await mine.Done.Task;
    }

    public void Dispose() => _turn.Dispose();

    private async Task WriteSomeAsync()
    {
        var some = new List<Pending>();
        while (some.Count < Most && _waiting.TryDequeue(out var next))
            some.Add(next);
        // Rows are locked in the same order by every replica: two that wait for each other would both fail.
        some.Sort((one, other) => string.CompareOrdinal(one.Entry.Grant.Id, other.Entry.Grant.Id));
        if (some.Count > 1 && await TryWriteAsync(some))
            return;
        // One that cannot be written must not take the others with it.
        foreach (var one in some)
            await WriteAloneAsync(one);
    }

    private async Task<bool> TryWriteAsync(List<Pending> some)
    {
        try
        {
            var results = await CommitAsync(some);
            for (var i = 0; i < some.Count; i++)
                some[i].Done.SetResult(results[i]);
            return true;
        }
        catch (Exception e) when (e is DbUpdateException or InvalidOperationException)
        {
            return false;
        }
        catch (Exception e)
        {
            // An outage: whether it was committed nobody knows, and nobody gets a leaf.
            some.ForEach(one => one.Done.TrySetException(e));
            return true;
        }
    }

    private async Task WriteAloneAsync(Pending one)
    {
        try
        {
            one.Done.SetResult((await CommitAsync([one]))[0]);
        }
        catch (DbUpdateException e)
        {
            if (await IsTwiceAsync(one.Entry))
                one.Done.SetResult(LeafWrite.SerialTwice);
            else
                one.Done.SetException(e);
        }
        catch (Exception e)
        {
            one.Done.SetException(e);
        }
    }

    private async Task<LeafWrite[]> CommitAsync(List<Pending> some)
    {
        await using var scope = scopes.CreateAsyncScope();
        var writer = scope.ServiceProvider.GetRequiredService<LeafWriter>();
        return await writer.CommitAsync([.. some.Select(one => (one.Actor, one.Entry))], CancellationToken.None);
    }

    private async Task<bool> IsTwiceAsync(LeafEntry entry)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<LeafWriter>().HasSerialAsync(entry, CancellationToken.None);
    }

    private sealed record Pending(string Actor, LeafEntry Entry)
    {
        public TaskCompletionSource<LeafWrite> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
