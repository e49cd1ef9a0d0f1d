namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>An enrolled authenticator that shows time-based codes (RFC 6238: SHA-1, six digits, 30 s).</summary>
internal sealed class TotpFactor
{
    /// <summary>How many a user may have: each further one makes a guess a little likelier.</summary>
    public const int Limit = 5;

    public const string DefaultName = "Authenticator";

    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>As its owner calls it.</summary>
    public string Name { get; set; } = DefaultName;

    /// <summary>160 bits, sealed.</summary>
    [Sealed(KeyPurposes.Totp)]
    public required byte[] SealedSecret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; set; }

    public FactorView ToView() => new(Id, FactorKind.Totp, Name, CreatedAt, LastUsedAt);

    internal sealed class Configuration : IEntityTypeConfiguration<TotpFactor>
    {
        public void Configure(EntityTypeBuilder<TotpFactor> builder)
        {
            builder.Property(factor => factor.Name).HasMaxLength(FactorName.MaxLength);
            builder.HasOne<User>().WithMany().HasForeignKey(factor => factor.UserId);
        }
    }
}
