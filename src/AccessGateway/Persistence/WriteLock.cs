namespace AccessGateway.Persistence;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A row that puts transactions in a line which each must see what the one before did: updating it waits for the other's
/// end, on every replica and in every process.</summary>
internal sealed class WriteLock
{
    /// <summary>For changes of accounts: who can still administer is decided by looking at all of them.</summary>
    public const string Accounts = "accounts";

    public required string Name { get; init; }

    public long Taken { get; set; }

    /// <summary>Held until the caller's transaction ends.</summary>
    public static async Task TakeAsync(GatewayDbContext db, string name, CancellationToken cancellationToken)
    {
        if (await db.WriteLocks.Where(row => row.Name == name).ExecuteUpdateAsync(set => set.SetProperty(row => row.Taken, row => row.Taken + 1), cancellationToken) != 1)
            throw new InvalidOperationException($"The lock '{name}' is missing from the database.");
    }

    internal sealed class Configuration : IEntityTypeConfiguration<WriteLock>
    {
        public void Configure(EntityTypeBuilder<WriteLock> builder)
        {
            builder.HasKey(row => row.Name);
            builder.Property(row => row.Name).HasMaxLength(32);
            builder.HasData(new WriteLock { Name = Accounts });
        }
    }
}
