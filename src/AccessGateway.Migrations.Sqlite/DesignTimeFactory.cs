namespace AccessGateway.Migrations.Sqlite;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

/// <summary>For <c>dotnet ef</c> alone.</summary>
internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<GatewayDbContext>
{
    public GatewayDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<GatewayDbContext>()
        .UseSqlite("Data Source=:memory:", sqlite => sqlite.MigrationsAssembly("AccessGateway.Migrations.Sqlite")).Options);
}
