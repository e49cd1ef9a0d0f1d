namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Fresh MFA that one user gave for one action; used at most once.</summary>
internal sealed class StepUpProof
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>SHA-256 of the proof.</summary>
    public required byte[] Hash { get; init; }

    public required string UserId { get; init; }

    /// <summary>For example <c>activate:ar-…</c>.</summary>
    public required string Action { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<StepUpProof>
    {
        public void Configure(EntityTypeBuilder<StepUpProof> builder)
        {
            builder.HasKey(proof => proof.Hash);
            builder.Property(proof => proof.Action).HasMaxLength(80);
            builder.HasOne<User>().WithMany().HasForeignKey(proof => proof.UserId);
        }
    }
}
