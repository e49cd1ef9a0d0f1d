namespace AccessGateway.Clusters;

using System.Collections.Concurrent;

/// <summary>What was found in each cluster, kept for a while. However many ask at once, a cluster is looked at once, and whoever hangs up
/// takes the answer away from nobody else.</summary>
/// <param name="maxAge">From the beginning of a look.</param>
/// <param name="keeps">Whether a finding answers those who ask later; else they look again.</param>
internal class SharedLooks<T>(TimeSpan maxAge, Func<T, bool> keeps, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The last finding, however old; nothing where there was none since the start.</summary>
    public T? Last(string cluster) => _entries.TryGetValue(cluster, out var entry) ? entry.Last : default;

    /// <summary>A look that is young enough, or under way; null where the next caller makes one.</summary>
    public Task<T>? Current(string cluster)
    {
        if (!_entries.TryGetValue(cluster, out var entry))
            return null;
        lock (entry.Lock)
            return IsCurrent(entry) ? entry.Running : null;
    }

    /// <summary>The current look, or a new one. The task belongs to everybody who waits for it.</summary>
    public Task<T> OfAsync(string cluster, Func<Task<T>> look)
    {
        var entry = _entries.GetOrAdd(cluster, _ => new Entry());
        lock (entry.Lock)
        {
            if (!IsCurrent(entry))
                (entry.Running, entry.Began) = (KeepAsync(entry, look), clock.GetUtcNow());
            return entry.Running!;
        }
    }

    private bool IsCurrent(Entry entry) => entry.Running is { IsCompleted: false }
        || (entry.Running is { IsCompletedSuccessfully: true } done && keeps(done.Result) && clock.GetUtcNow() - entry.Began < maxAge);

    private static async Task<T> KeepAsync(Entry entry, Func<Task<T>> look)
    {
        await Task.Yield();
        return entry.Last = await look();
    }

    private sealed class Entry
    {
        public Lock Lock { get; } = new();

        public Task<T>? Running { get; set; }

        public DateTimeOffset Began { get; set; }

        public T? Last { get; set; }
    }
}
