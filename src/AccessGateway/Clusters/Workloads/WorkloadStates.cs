namespace AccessGateway.Clusters;

/// <summary>What posture checks need of each cluster's workloads, looked through as a whole and kept for <see cref="MaxAge"/>.</summary>
internal sealed class WorkloadStates(ClusterConnections connections, TimeProvider clock)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>How long a look may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long anybody waits for one; it goes on without them, for whoever asks next.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(6);

    /// <summary>What could not be read is tried again by whoever asks next.</summary>
    private readonly SharedLooks<WorkloadState> _looks = new(MaxAge, state => state is { Pods.Problem: null, ConfigMaps.Problem: null, ServiceAccounts.Problem: null }, clock);

    public async Task<WorkloadState> OfAsync(string cluster, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        try
        {
            return await _looks.OfAsync(cluster, () => ReadAsync(cluster, now)).WaitAsync(Wait, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            const string looking = "The gateway is still looking through the cluster; ask again in a minute.";
            return new WorkloadState(now, Seen<WorkloadPod>.Not(looking), Seen<SuspectKey>.Not(looking), Seen<TokenSecret>.Not(looking));
        }
    }

    private async Task<WorkloadState> ReadAsync(string cluster, DateTimeOffset now)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        return await new WorkloadReader(connections.For(cluster)).StateAsync(now, patience.Token);
    }
}
