namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>One of ten codes that each stand in for a factor once.</summary>
internal sealed class RecoveryCode
{
    public const int Count = 10;

    private const string Alphabet = "23456789abcdefghjkmnpqrstvwxyz";
    private const int Half = 8;

    public required string UserId { get; init; }

    /// <summary>SHA-256 of the code without its hyphen: a code has 78 random bits, so a slow hash would add nothing.</summary>
    public required byte[] Hash { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>Sixteen characters in two halves.</summary>
    public static string NewCode() => $"{RandomNumberGenerator.GetString(Alphabet, Half)}-{RandomNumberGenerator.GetString(Alphabet, Half)}";

    /// <summary>Null where the text cannot be a recovery code.</summary>
    public static byte[]? HashOf(string text)
    {
        var code = text.Trim().Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        return code.Length == 2 * Half && code.All(Alphabet.Contains) ? SHA256.HashData(Encoding.ASCII.GetBytes(code)) : null;
    }

    internal sealed class Configuration : IEntityTypeConfiguration<RecoveryCode>
    {
        public void Configure(EntityTypeBuilder<RecoveryCode> builder)
        {
            builder.HasKey(code => new { code.UserId, code.Hash });
            builder.HasOne<User>().WithMany().HasForeignKey(code => code.UserId);
        }
    }
}
