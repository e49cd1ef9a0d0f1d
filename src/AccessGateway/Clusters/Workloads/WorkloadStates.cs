namespace AccessGateway.Clusters;

using System.Collections.Concurrent;

/// <summary>What posture checks need of each cluster's workloads, looked through as a whole and kept for <see cref="MaxAge"/>. However
/// many ask at once, a cluster is looked through once.</summary>
internal sealed class WorkloadStates(ClusterConnections connections, TimeProvider clock)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>How long a look may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long anybody waits for one; it goes on without them, for whoever asks next.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(6);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Began, Lazy<Task<WorkloadState>> Reading)> _states = new(StringComparer.Ordinal);

    public async Task<WorkloadState> OfAsync(string cluster, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var entry = _states.AddOrUpdate(cluster, _ => New(), (_, known) => now - known.Began < MaxAge && IsUsable(known.Reading) ? known : New());

        // Whoever hangs up takes the answer away from nobody else.
        try
        {
            return await entry.Reading.Value.WaitAsync(Wait, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            const string looking = "The gateway is still looking through the cluster; ask again in a minute.";
            return new WorkloadState(now, Seen<WorkloadPod>.Not(looking), Seen<SuspectKey>.Not(looking), Seen<TokenSecret>.Not(looking));
        }

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
