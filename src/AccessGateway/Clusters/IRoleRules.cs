namespace AccessGateway.Clusters;

using AccessGateway.Policy;

/// <summary>What a role allows at this moment, as one value to compare.</summary>
internal interface IRoleRules
{
    /// <summary>SHA-256, in hex, over the role's resolved rules: aggregated roles expanded, sorted, without repetition. Null where
    /// the cluster or the role cannot be read.</summary>
    /// <param name="namespaces">Where it is bound; a Role of the namespaces is read in each.</param>
    Task<string?> DigestAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken);

    /// <summary>The same for several clusters, asked at once: the slowest is what somebody waits for, and not their sum.</summary>
    async Task<IReadOnlyDictionary<string, string?>> DigestsAsync(IReadOnlyList<string> clusters, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(clusters.Select(async cluster => (Cluster: cluster, Digest: await DigestAsync(cluster, target, namespaces, cancellationToken))));
        return found.ToDictionary(each => each.Cluster, each => each.Digest, StringComparer.Ordinal);
    }
}
