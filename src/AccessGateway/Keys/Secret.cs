namespace AccessGateway.Keys;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A key that the gateway made for itself and that its replicas share.</summary>
internal sealed class Secret
{
    /// <summary>What it is, for example <c>oauth-signing</c>.</summary>
    public required string Name { get; init; }

    [Sealed(KeyPurposes.OAuth)]
    public required byte[] Ciphertext { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<Secret>
    {
        public void Configure(EntityTypeBuilder<Secret> builder) => builder.HasKey(secret => secret.Name);
    }
}
