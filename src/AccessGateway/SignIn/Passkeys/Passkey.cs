namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>An enrolled passkey: the credential record of WebAuthn level 3, 4. Only the public key is known here.</summary>
internal sealed class Passkey
{
    /// <summary>How many a user may have.</summary>
    public const int Limit = 20;

    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>The authenticator's own id for it, 1 to 1023 bytes; unique over all users.</summary>
    public required byte[] CredentialId { get; init; }

    /// <summary>A COSE key.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The newest signature counter seen. Where authenticators count at all it only ever grows, by a guarded write.</summary>
    public required long SignCount { get; set; }

    /// <summary>How the browser may reach it: hints.</summary>
    public required List<string> Transports { get; init; }

    /// <summary>Whether it may be copied to further devices of its owner.</summary>
    public required bool BackupEligible { get; init; }

    public required bool BackedUp { get; set; }

    /// <summary>As its owner calls it.</summary>
    public required string Name { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; set; }

    public FactorView ToView() => new(Id, FactorKind.Passkey, Name, CreatedAt, LastUsedAt);

    internal sealed class Configuration : IEntityTypeConfiguration<Passkey>
    {
        public void Configure(EntityTypeBuilder<Passkey> builder)
        {
            builder.HasIndex(passkey => passkey.CredentialId).IsUnique();
            builder.Property(passkey => passkey.Name).HasMaxLength(FactorName.MaxLength);
            builder.HasOne<User>().WithMany().HasForeignKey(passkey => passkey.UserId);
        }
    }
}
