namespace AccessGateway.Server.Hosting;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Brings a database to what this version needs, whatever there is.</summary>
internal static class DatabaseSchema
{
    public static async Task PrepareAsync(GatewayDbContext db, CancellationToken cancellationToken)
    {
        if ((await db.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
            await db.Database.MigrateAsync(cancellationToken);
        if (!db.Database.IsSqlite())
            return;
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
        await SqliteStatistics.WriteAsync(db, cancellationToken);
    }
}
