namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Somebody whom a provider has named and who has not shown a second factor yet. It signs nobody in by itself.</summary>
internal sealed class PendingSignIn
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>SHA-256 of the secret in the browser's cookie.</summary>
    public required byte[] Hash { get; init; }

    public required string UserId { get; init; }

    public required string Provider { get; init; }

    /// <summary>Where to go afterwards; one of our own paths.</summary>
    public required string Return { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? CompletedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<PendingSignIn>
    {
        public void Configure(EntityTypeBuilder<PendingSignIn> builder)
        {
            builder.HasKey(pending => pending.Hash);
            builder.HasIndex(pending => pending.ExpiresAt);
            builder.HasOne<User>().WithMany().HasForeignKey(pending => pending.UserId);
        }
    }
}
