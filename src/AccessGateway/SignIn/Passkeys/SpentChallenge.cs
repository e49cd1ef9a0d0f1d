namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A WebAuthn challenge that was answered, or a machine's assertion that was used: the key makes each count once, on every
/// replica. Kept until it would have run out.</summary>
internal sealed class SpentChallenge
{
    /// <summary>SHA-256 of the sealed challenge, or of the client's name and the assertion's id.</summary>
    public required byte[] Hash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<SpentChallenge>
    {
        public void Configure(EntityTypeBuilder<SpentChallenge> builder)
        {
            builder.HasKey(challenge => challenge.Hash);
            builder.HasIndex(challenge => challenge.ExpiresAt);
        }
    }
}
