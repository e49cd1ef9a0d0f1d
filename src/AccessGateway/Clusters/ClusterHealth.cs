namespace AccessGateway.Clusters;

using System.Collections.Concurrent;

/// <summary>Whether each cluster answered at the last look.</summary>
internal sealed class ClusterHealth
{
    private readonly ConcurrentDictionary<string, bool> _healthy = new(StringComparer.Ordinal);

    public void Note(string cluster, bool healthy) => _healthy[cluster] = healthy;

    /// <summary>Null before the first look.</summary>
    public bool? Of(string cluster) => _healthy.TryGetValue(cluster, out var healthy) ? healthy : null;
}
