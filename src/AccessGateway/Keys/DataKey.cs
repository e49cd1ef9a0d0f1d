namespace AccessGateway.Keys;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A key that seals the values of one purpose; itself wrapped by the key-encryption key, which is not in the database.</summary>
internal sealed class DataKey
{
    public const int IdSize = 8;

    /// <summary>Random; stands in front of every ciphertext.</summary>
    public required byte[] Id { get; init; }

    /// <summary>One of <see cref="KeyPurposes"/>.</summary>
    public required string Purpose { get; init; }

    /// <summary>256 bits, wrapped.</summary>
    public required byte[] WrappedKey { get; init; }

    /// <summary>The key that it is wrapped by, see <see cref="IKeyEncryptionKey.Id"/>.</summary>
    public required string KeyEncryptionKeyId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it seals nothing new; null for the active key of its purpose.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    public string Name => NameOf(Id);

    /// <summary>How an id is written.</summary>
    public static string NameOf(ReadOnlySpan<byte> id) => $"dk-{Convert.ToHexStringLower(id)}";

    internal sealed class Configuration : IEntityTypeConfiguration<DataKey>
    {
        public void Configure(EntityTypeBuilder<DataKey> builder)
        {
            builder.Property(key => key.Purpose).HasMaxLength(32);
            builder.Property(key => key.KeyEncryptionKeyId).HasMaxLength(32);
            // Of several first starts at once, or several rotations, one makes the key.
            builder.HasIndex(key => key.Purpose).IsUnique().HasFilter("\"RetiredAt\" IS NULL");
        }
    }
}
