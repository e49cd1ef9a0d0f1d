namespace AccessGateway.EndToEnd;

/// <summary>Rows of one class of tests that mostly wait: the first that is asked for starts all of them, a few at a time. Each stays a test of its own,
/// with its own result.</summary>
public sealed class SideBySide : IAsyncDisposable
{
    /// <summary>Each may have a gateway of its own, which takes 200 MiB.</summary>
    private const int AtOnce = 6;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(AtOnce);
    private Dictionary<string, Task>? _running;

    /// <returns>When that row is done, as it ended.</returns>
    public Task RunAsync(string row, IReadOnlyList<string> all, Func<string, Task> run)
    {
        lock (_gate)
        {
            _running ??= all.ToDictionary(one => one, one => Task.Run(() => InTurnAsync(() => run(one))));
            return _running[row];
        }
    }

    /// <summary>Those that nobody asked for end before what they use does.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var task in _running?.Values ?? Enumerable.Empty<Task>())
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _slots.Dispose();
    }

    private async Task InTurnAsync(Func<Task> run)
    {
        await _slots.WaitAsync();
        try
        {
            await run();
        }
        finally
        {
            _slots.Release();
        }
    }
}
