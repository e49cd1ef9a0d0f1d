namespace AccessGateway.Issuance;

using AccessGateway.Grants;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A leaf that was handed out. The key makes serials unique from the database's point of view (I10).</summary>
internal sealed class IssuedLeaf : IAppended
{
    public required string Cluster { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Serial { get; init; }

    public required string GrantId { get; init; }

    /// <summary>Of the DER, lower-case hex; since Kubernetes 1.32 the API server's audit events carry it.</summary>
    public required string Sha256 { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<IssuedLeaf>
    {
        public void Configure(EntityTypeBuilder<IssuedLeaf> builder)
        {
            builder.HasKey(leaf => new { leaf.Cluster, leaf.Serial });
            builder.HasOne<Grant>().WithMany().HasForeignKey(leaf => leaf.GrantId);
        }
    }
}
