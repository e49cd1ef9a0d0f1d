namespace AccessGateway.SignIn;

using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>An enrolled authenticator that shows time-based codes (RFC 6238: SHA-1, six digits, 30 s).</summary>
internal sealed class TotpFactor
{
    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>160 bits, sealed.</summary>
    [Sealed(KeyPurposes.Totp)]
    public required byte[] SealedSecret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<TotpFactor>
    {
        public void Configure(EntityTypeBuilder<TotpFactor> builder) =>
            builder.HasOne<User>().WithMany().HasForeignKey(factor => factor.UserId);
    }
}
