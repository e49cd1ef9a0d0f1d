namespace AccessGateway.Issuance;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A leaf that was handed out. The key makes serials unique from the database's point of view (I10).</summary>
internal sealed class IssuedLeaf : IAppended
{
    public required string Cluster { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Serial { get; init; }

    /// <summary>No foreign key: a leaf is written in the transaction that counts it on its grant, and nobody asks for a grant's leaves, so that an index
    /// for that would be one more page to write for each.</summary>
    public required string GrantId { get; init; }

    /// <summary>Of the DER, lower-case hex; since Kubernetes 1.32 the API server's audit events carry it.</summary>
    public required string Sha256 { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<IssuedLeaf>
    {
        public void Configure(EntityTypeBuilder<IssuedLeaf> builder) => builder.HasKey(leaf => new { leaf.Cluster, leaf.Serial });
    }
}
