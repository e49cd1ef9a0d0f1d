namespace AccessGateway.Clusters;

using System.Collections.Concurrent;
using AccessGateway.Contracts;

/// <summary>The last look at each cluster. However many ask, a cluster is looked at once, and again only after <see cref="MaxAge"/>.</summary>
internal sealed class ClusterCheckRuns(TimeProvider clock)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The last one that was finished, however old; null where there was none since the start.</summary>
    public ClusterChecksView? Last(string cluster) => _entries.TryGetValue(cluster, out var entry) ? entry.Last : null;

    /// <summary>One that is young enough or under way; null where the next caller makes one.</summary>
    public Task<ClusterChecksView>? Current(string cluster)
    {
        if (!_entries.TryGetValue(cluster, out var entry))
            return null;
        lock (entry.Lock)
            return IsCurrent(entry) ? entry.Running : null;
    }

    public async Task<ClusterChecksView> RunAsync(string cluster, Func<Task<ClusterChecksView>> look, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(cluster, _ => new Entry());
        Task<ClusterChecksView> running;
        lock (entry.Lock)
        {
            if (!IsCurrent(entry))
                (entry.Running, entry.Began) = (KeepAsync(entry, look), clock.GetUtcNow());
            running = entry.Running!;
        }

        // Whoever hangs up takes the answer away from nobody else.
        return await running.WaitAsync(cancellationToken);
    }

    private bool IsCurrent(Entry entry) => entry.Running is { IsCompleted: false } || (entry.Running is { IsCompletedSuccessfully: true } && clock.GetUtcNow() - entry.Began < MaxAge);

    private static async Task<ClusterChecksView> KeepAsync(Entry entry, Func<Task<ClusterChecksView>> look)
    {
        await Task.Yield();
        return entry.Last = await look();
    }

    private sealed class Entry
    {
        public Lock Lock { get; } = new();

        public Task<ClusterChecksView>? Running { get; set; }

        public DateTimeOffset Began { get; set; }

        public ClusterChecksView? Last { get; set; }
    }
}
