namespace AccessGateway.Clusters;

using System.Collections.Concurrent;

/// <summary>What posture checks need of each cluster's workloads, looked through as a whole and kept for <see cref="MaxAge"/>. However
/// many ask at once, a cluster is looked through once.</summary>
internal sealed class WorkloadStates(ClusterConnections connections, TimeProvider clock)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>Somebody waits for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Began, Lazy<Task<WorkloadState>> Reading)> _states = new(StringComparer.Ordinal);

    public async Task<WorkloadState> OfAsync(string cluster, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var entry = _states.AddOrUpdate(cluster, _ => New(), (_, known) => now - known.Began < MaxAge && IsUsable(known.Reading) ? known : New());

        // Whoever hangs up takes the answer away from nobody else.
        return await entry.Reading.Value.WaitAsync(cancellationToken);

        (DateTimeOffset, Lazy<Task<WorkloadState>>) New() => (now, new Lazy<Task<WorkloadState>>(() => ReadAsync(cluster, now)));
    }

    /// <summary>What could not be read is tried again by whoever asks next.</summary>
    private static bool IsUsable(Lazy<Task<WorkloadState>> reading) => !reading.IsValueCreated || !reading.Value.IsCompleted
        || (reading.Value.IsCompletedSuccessfully && reading.Value.Result is { Pods.Problem: null, ConfigMaps.Problem: null, ServiceAccounts.Problem: null });

    private async Task<WorkloadState> ReadAsync(string cluster, DateTimeOffset now)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        return await new WorkloadReader(connections.For(cluster)).StateAsync(now, patience.Token);
    }
}
