namespace AccessGateway.Keys;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A key, or a revocation, of ASP.NET Core's Data Protection: it protects cookies and forms.</summary>
internal sealed class DataProtectionKey
{
    /// <summary>Data Protection's own name for it.</summary>
    public required string Name { get; init; }

    /// <summary>The whole XML element, sealed.</summary>
    [Sealed(KeyPurposes.DataProtection)]
    public required byte[] SealedXml { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<DataProtectionKey>
    {
        public void Configure(EntityTypeBuilder<DataProtectionKey> builder) => builder.HasKey(key => key.Name);
    }
}
