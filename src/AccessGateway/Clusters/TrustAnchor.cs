namespace AccessGateway.Clusters;

using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>The CA that the gateway made for a cluster, which the cluster's API server trusts for client certificates.</summary>
internal sealed class TrustAnchor
{
    public required string Cluster { get; init; }

    public required string CertificatePem { get; init; }

    /// <summary>PKCS #8, sealed.</summary>
    [Sealed(KeyPurposes.TrustAnchor)]
    public required byte[] SealedKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<TrustAnchor>
    {
        public void Configure(EntityTypeBuilder<TrustAnchor> builder) => builder.HasKey(anchor => anchor.Cluster);
    }
}
