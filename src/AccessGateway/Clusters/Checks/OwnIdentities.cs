namespace AccessGateway.Clusters;

using Microsoft.Extensions.Logging;

/// <summary>Whom each API server takes the gateway for, asked once and kept for <see cref="MaxAge"/>.</summary>
internal sealed partial class OwnIdentities(ClusterConnections connections, TimeProvider clock, ILogger<OwnIdentities> logger)
{
    /// <summary>Credentials are changed by hand, and seldom.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly SharedLooks<OwnIdentity?> _looks = new(MaxAge, self => self is not null, clock);

    /// <summary>Null where it cannot be told.</summary>
    public async Task<OwnIdentity?> OfAsync(ClusterDefinition cluster, CancellationToken cancellationToken) =>
        await _looks.OfAsync(cluster.Name, () => AskAsync(cluster)).WaitAsync(cancellationToken);

    private async Task<OwnIdentity?> AskAsync(ClusterDefinition cluster)
    {
        using var patience = new CancellationTokenSource(ProbeBounds.Patience, clock);
        try
        {
            return connections.Find(cluster.Name) is { } kubernetes && (await IdentityProbe.ProbeAsync(kubernetes, cluster, patience.Token)).Self is { Name: not null } self ? self : null;
        }
        catch (Exception e)
        {
            LogUnknown(e, cluster.Name);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Whom the API server of cluster {Cluster} takes the gateway for could not be read; its own rights are not told apart from others' standing access.")]
    private partial void LogUnknown(Exception exception, string cluster);
}
