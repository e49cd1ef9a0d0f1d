namespace AccessGateway.Clusters;

/// <summary>What a ClusterRole allows at this moment, as one value to compare.</summary>
internal interface IRoleRules
{
    /// <summary>SHA-256, in hex, over the role's resolved rules: aggregated roles expanded, sorted, without repetition. Null where
    /// the cluster or the role cannot be read.</summary>
    Task<string?> DigestAsync(string cluster, string clusterRole, CancellationToken cancellationToken);
}
