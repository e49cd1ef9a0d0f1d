namespace AccessGateway.Clusters;

using Microsoft.Extensions.Logging;

/// <summary>Which namespaces a cluster has at this moment.</summary>
internal sealed partial class ClusterNamespaces(ClusterConnections connections, TimeProvider clock, ILogger<ClusterNamespaces> logger)
{
    /// <summary>Without those that are being deleted, in which nothing can be made any more. Null where they cannot be read, whatever the
    /// reason; the log has it.</summary>
    public async Task<IReadOnlyList<string>?> NamesAsync(string cluster, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(RoleRules.Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return connections.Find(cluster) is { } kubernetes ? await new RbacReader(kubernetes).NamespacesAsync(either.Token) : null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnreadable(e, cluster);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The namespaces of cluster {Cluster} could not be read; what patterns match there stays as it was.")]
    private partial void LogUnreadable(Exception exception, string cluster);
}
