namespace AccessGateway.Clusters;

using Microsoft.Extensions.Logging;

/// <summary>Who holds which rights in each cluster, read as a whole and kept for <see cref="MaxAge"/>.</summary>
internal sealed partial class RbacStates(ClusterConnections connections, TimeProvider clock, ILogger<RbacStates> logger)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly SharedLooks<RbacState?> _looks = new(MaxAge, state => state is not null, clock);

    /// <summary>Null where it cannot be read, whatever the reason; the log has it.</summary>
    public async Task<RbacState?> OfAsync(string cluster, CancellationToken cancellationToken) =>
        connections.Find(cluster) is null ? null : await _looks.OfAsync(cluster, () => ReadAsync(cluster)).WaitAsync(cancellationToken);

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
}
