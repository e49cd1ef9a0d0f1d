namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Fresh MFA that one user gave for one action in one login; used at most once.</summary>
internal sealed class StepUpProof
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>The longest that a policy may let a spent one serve further actions (<c>mfa.maxAge</c>).</summary>
    public static readonly TimeSpan LongestService = TimeSpan.FromHours(12);

    /// <summary>SHA-256 of the proof.</summary>
    public required byte[] Hash { get; init; }

    public required string UserId { get; init; }

    /// <summary>The <see cref="Caller.LoginId"/> it was given to and counts for.</summary>
    public required string LoginId { get; init; }

    /// <summary>For example <c>activate:ar-…</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The part of the action before its colon.</summary>
    public required string Verb { get; init; }

    /// <summary>One of <see cref="Contracts.StepUpMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>When the person gave the MFA.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>The part of an action before its colon.</summary>
    public static string VerbOf(string action) => action[..action.IndexOf(':', StringComparison.Ordinal)];

    internal sealed class Configuration : IEntityTypeConfiguration<StepUpProof>
    {
        public void Configure(EntityTypeBuilder<StepUpProof> builder)
        {
            builder.HasKey(proof => proof.Hash);
            builder.Property(proof => proof.Action).HasMaxLength(80);
            builder.Property(proof => proof.Verb).HasMaxLength(16);
            builder.Property(proof => proof.Method).HasMaxLength(16);
            builder.HasOne<User>().WithMany().HasForeignKey(proof => proof.UserId);
            builder.HasIndex(proof => new { proof.UserId, proof.LoginId, proof.Verb });
            builder.HasIndex(proof => proof.CreatedAt);
        }
    }
}
