namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A factor that a login was allowed to add, with a step-up, and that does not count before it is confirmed. One a user and
/// kind: a newer one takes its place.</summary>
internal sealed class FactorOffer
{
    public static readonly TimeSpan TotpLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The WebAuthn challenge's too.</summary>
    public static readonly TimeSpan PasskeyLifetime = TimeSpan.FromMinutes(5);

    public required string Id { get; init; }

    public required string UserId { get; init; }

    public required FactorKind Kind { get; init; }

    /// <summary>The login that may confirm it.</summary>
    public required string LoginId { get; init; }

    public required string Name { get; init; }

    /// <summary>The TOTP secret, or what WebAuthn must remember of the challenge; sealed.</summary>
    [Sealed(KeyPurposes.Totp)]
    public required byte[] SealedState { get; init; }

    /// <summary>For a passkey: the options for <c>navigator.credentials.create</c>, as JSON.</summary>
    public string? Options { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<FactorOffer>
    {
        public void Configure(EntityTypeBuilder<FactorOffer> builder)
        {
            builder.HasIndex(offer => new { offer.UserId, offer.Kind }).IsUnique();
            builder.Property(offer => offer.Kind).HasConversion<string>().HasMaxLength(16);
            builder.Property(offer => offer.Name).HasMaxLength(FactorName.MaxLength);
            builder.HasOne<User>().WithMany().HasForeignKey(offer => offer.UserId);
        }
    }
}
