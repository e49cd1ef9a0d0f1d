namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A cluster that a request is for: what was found there when its reviewers were asked, and what became of it.</summary>
internal sealed class RequestedCluster
{
    public required string AccessRequestId { get; init; }

    public required string Cluster { get; init; }

    /// <summary>How far the role reached there, computed at submission.</summary>
    public required RiskLevel Risk { get; init; }

    /// <summary>What the role allowed there when its reviewers were asked (see <see cref="Clusters.IRoleRules"/>); null where it could not
    /// be read, or where nobody is asked.</summary>
    public string? RulesDigest { get; set; }

    /// <summary>What the request's patterns matched there when it was made; null where nothing is a pattern, or where it could not be read.
    /// For the record: what they match now decides.</summary>
    public List<string>? MatchedNamespaces { get; init; }

    /// <summary>The grant that activation made there, or extended: set with the request's <see cref="AccessRequest.ActivatedAt"/>.</summary>
    public string? GrantId { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<RequestedCluster>
    {
        public void Configure(EntityTypeBuilder<RequestedCluster> builder)
        {
            builder.HasKey(row => new { row.AccessRequestId, row.Cluster });
            builder.Property(row => row.Risk).HasConversion<string>().HasMaxLength(16);
            builder.HasIndex(row => row.Cluster);
        }
    }
}
