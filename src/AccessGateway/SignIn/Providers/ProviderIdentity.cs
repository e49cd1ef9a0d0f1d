namespace AccessGateway.SignIn;

using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>
/// Who a user is at a provider: issuer and subject, and nothing else, find the account. A user has one at most, and with it no
/// password: there is one way in.
/// </summary>
internal sealed class ProviderIdentity
{
    /// <summary>OpenID Connect Core 1.0, 2: at most 255 ASCII characters.</summary>
    public const int MaxSubject = 255;

    public required string UserId { get; init; }

    /// <summary>The provider's name in the settings.</summary>
    public required string Provider { get; set; }

    /// <summary>As <see cref="SignIn.Provider.Issuer"/> writes it.</summary>
    public required string Issuer { get; init; }

    /// <summary>The provider's <c>sub</c>, compared exactly.</summary>
    public required string Subject { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the provider last said who this is: at a sign-in, or when a refresh token was redeemed.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>The newest refresh token, sealed; null where the provider gave none, or takes it no more.</summary>
    [Sealed(KeyPurposes.Provider)]
    public byte[]? SealedRefreshToken { get; set; }

    /// <summary>Until when one replica alone may redeem the refresh token: two at once would look like a stolen one.</summary>
    public DateTimeOffset? RefreshingUntil { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<ProviderIdentity>
    {
        public void Configure(EntityTypeBuilder<ProviderIdentity> builder)
        {
            builder.HasKey(identity => identity.UserId);
            builder.HasIndex(identity => new { identity.Issuer, identity.Subject }).IsUnique();
            builder.Property(identity => identity.Provider).HasMaxLength(63);
            builder.Property(identity => identity.Subject).HasMaxLength(MaxSubject);
            builder.HasOne<User>().WithOne().HasForeignKey<ProviderIdentity>(identity => identity.UserId);
        }
    }
}
