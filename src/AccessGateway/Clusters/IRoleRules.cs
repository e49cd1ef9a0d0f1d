namespace AccessGateway.Clusters;

using AccessGateway.Policy;

/// <summary>What a role allows at this moment, as one value to compare.</summary>
internal interface IRoleRules
{
    /// <summary>SHA-256, in hex, over the role's resolved rules: aggregated roles expanded, sorted, without repetition. Null where
    /// the cluster or the role cannot be read.</summary>
    /// <param name="namespaces">Where it is bound; a Role of the namespaces is read in each.</param>
    Task<string?> DigestAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken);
}
