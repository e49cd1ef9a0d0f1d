namespace AccessGateway.Clusters;

using AccessGateway.Pki;

/// <summary>Who signs for a cluster. Issuance has them; what looks at clusters must not know it.</summary>
internal interface IClusterSigners
{
    /// <exception cref="SignerException">There is none, or it cannot be opened.</exception>
    Task<ISigner> ForAsync(ClusterDefinition cluster, CancellationToken cancellationToken);
}
