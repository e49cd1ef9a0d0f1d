namespace AccessGateway.Clusters;

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

/// <summary>Who holds which rights in each cluster, read as a whole and kept for <see cref="MaxAge"/>. However many ask at once, a
/// cluster is read once.</summary>
internal sealed partial class RbacStates(ClusterConnections connections, TimeProvider clock, ILogger<RbacStates> logger)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Null where it cannot be read, whatever the reason; the log has it.</summary>
    public async Task<RbacState?> OfAsync(string cluster, CancellationToken cancellationToken)
    {
        if (connections.Find(cluster) is null)
            return null;
        var entry = _entries.GetOrAdd(cluster, _ => new Entry());
        Task<RbacState?> reading;
        lock (entry.Lock)
        {
            var fresh = entry.Reading is { IsCompleted: false } || (entry.Reading is { IsCompletedSuccessfully: true, Result: not null } && clock.GetUtcNow() - entry.Began < MaxAge);
            if (!fresh)
                (entry.Reading, entry.Began) = (ReadAsync(cluster), clock.GetUtcNow());
            reading = entry.Reading!;
        }

        // Whoever hangs up takes the answer away from nobody else.
        return await reading.WaitAsync(cancellationToken);
    }

    private async Task<RbacState?> ReadAsync(string cluster)
    {
        using var patience = new CancellationTokenSource(RoleRules.Patience, clock);
        try
        {
            return await new RbacReader(connections.Find(cluster)!).StateAsync(patience.Token);
        }
        catch (Exception e)
        {
            LogUnreadable(e, cluster);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The roles and bindings of cluster {Cluster} could not be read; whom its roles lead to is unknown.")]
    private partial void LogUnreadable(Exception exception, string cluster);

    private sealed class Entry
    {
        public Lock Lock { get; } = new();

        public Task<RbacState?>? Reading { get; set; }

        public DateTimeOffset Began { get; set; }
    }
}
