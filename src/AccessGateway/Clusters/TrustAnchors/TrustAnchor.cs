namespace AccessGateway.Clusters;

using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A CA that the gateway made for a cluster. It has at most one in each state.</summary>
internal sealed class TrustAnchor
{
    public required string Id { get; init; }

    public required string Cluster { get; init; }

    public required TrustAnchorState State { get; init; }

    public required string CertificatePem { get; init; }

    /// <summary>PKCS #8, sealed.</summary>
    [Sealed(KeyPurposes.TrustAnchor)]
    public required byte[] SealedKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>No leaf of it ends later.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When the next one began to sign in its place; null before.</summary>
    public DateTimeOffset? ReplacedAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<TrustAnchor>
    {
        public void Configure(EntityTypeBuilder<TrustAnchor> builder)
        {
            builder.HasKey(anchor => anchor.Id);
            builder.HasIndex(anchor => new { anchor.Cluster, anchor.State }).IsUnique();
        }
    }
}

/// <summary>How far a CA is on its way.</summary>
internal enum TrustAnchorState
{
    /// <summary>Made; API servers learn to trust it. Signs nothing.</summary>
    Next,

    /// <summary>Signs every leaf of the cluster.</summary>
    Signing,

    /// <summary>Signs no more; trusted until its last leaf has ended.</summary>
    Outgoing,
}
