namespace AccessGateway.Persistence;

using System.Collections.Concurrent;

/// <summary>
/// Does for many callers at once what each would do alone: what comes while one batch is under way waits for the next. Each batch begins after all
/// that it serves have come, so that an answer is never older than its question, and one sync of the disk serves all. Whoever comes alone waits
/// for nobody; nothing runs while nobody waits.
/// </summary>
/// <param name="most">Items in a batch at most.</param>
/// <param name="work">Answers each item, in order. What it throws is thrown at all of them.</param>
internal sealed class Batches<TItem, TResult>(int most, Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> work)
{
    private readonly ConcurrentQueue<Pending> _waiting = new();
    private int _running;

    /// <summary>Not cancelled: by then it may be done for others.</summary>
    public Task<TResult> DoAsync(TItem item)
    {
        var mine = new Pending(item);
        _waiting.Enqueue(mine);
        if (Interlocked.Exchange(ref _running, 1) == 0)
        {
            // For all, and so in nobody's context.
            using (ExecutionContext.SuppressFlow())
                _ = RunAsync();
        }

        return mine.Done.Task;
    }

    private async Task RunAsync()
    {
        do
        {
            // Behind the work that waits for a thread already: where threads are scarce, that brings more items, and so fewer batches. It also spares
            // who came first from working for those behind: SQLite's calls block.
            while (!_waiting.IsEmpty)
                await Task.Factory.StartNew(AnswerNextAsync, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap();
            Volatile.Write(ref _running, 0);
        }
        // Who came between the last look and the line before found somebody running.
        while (!_waiting.IsEmpty && Interlocked.Exchange(ref _running, 1) == 0);
    }

    private List<Pending> Take()
    {
        var batch = new List<Pending>();
        while (batch.Count < most && _waiting.TryDequeue(out var next))
            batch.Add(next);
        return batch;
    }

    private async Task AnswerNextAsync()
    {
        var batch = Take();
        try
        {
            var results = await work([.. batch.Select(one => one.Item)]);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Done.SetResult(results[i]);
        }
        catch (Exception e)
        {
            batch.ForEach(one => one.Done.TrySetException(e));
        }
    }

    private sealed record Pending(TItem Item)
    {
        public TaskCompletionSource<TResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
