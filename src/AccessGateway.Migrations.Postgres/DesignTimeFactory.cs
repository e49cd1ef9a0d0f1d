namespace AccessGateway.Migrations.Postgres;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

/// <summary>For <c>dotnet ef</c> alone.</summary>
internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<GatewayDbContext>
{
    public GatewayDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<GatewayDbContext>()
        .UseNpgsql("Host=nowhere", npgsql => npgsql.MigrationsAssembly("AccessGateway.Migrations.Postgres")).Options);
}
