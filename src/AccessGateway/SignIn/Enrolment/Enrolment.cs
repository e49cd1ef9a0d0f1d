namespace AccessGateway.SignIn;

using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A single-use invitation to choose a password and enrol a first factor.</summary>
internal sealed class Enrolment
{
    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>SHA-256 of the secret in the link.</summary>
    public required byte[] SecretHash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Chosen in the first step; becomes the user's when a code confirms the second.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>The TOTP secret on offer, sealed.</summary>
    [Sealed(KeyPurposes.Totp)]
    public byte[]? SealedTotpSecret { get; set; }

    public DateTimeOffset? ConsumedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Enrolment>
    {
        public void Configure(EntityTypeBuilder<Enrolment> builder)
        {
            builder.HasIndex(enrolment => enrolment.SecretHash).IsUnique();
            builder.HasOne<User>().WithMany().HasForeignKey(enrolment => enrolment.UserId);
        }
    }
}
