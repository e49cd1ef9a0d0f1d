namespace AccessGateway.Clusters;

using AccessGateway.Contracts;

/// <summary>The last look at each cluster.</summary>
internal sealed class ClusterCheckRuns(TimeProvider clock) : SharedLooks<ClusterChecksView>(MaxAge, _ => true, clock)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);
}
