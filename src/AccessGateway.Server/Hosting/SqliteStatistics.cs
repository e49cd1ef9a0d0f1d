namespace AccessGateway.Server.Hosting;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Tells SQLite's planner what a busy gateway's tables are like. Without it, it takes an index by state for as good as the key: to change one grant
/// "if it is still active" it would look at all that are. Its own ANALYZE says how the tables are at that moment, which for a new gateway is empty.
/// </summary>
internal static class SqliteStatistics
{
    /// <summary>Of each index the rows, and how many of them share the first column, and the first two (https://www.sqlite.org/fileformat2.html#stat1tab).</summary>
    private static readonly (string Table, string Index, string Stat)[] Rows =
    [
        ("AccessRequests", "IX_AccessRequests_ExtendsGrantId", "100000 2"),
        ("AccessRequests", "IX_AccessRequests_State_ExpiresAt", "100000 20000 2"),
        ("AccessRequests", "sqlite_autoindex_AccessRequests_1", "100000 1"),
        ("Grants", "IX_Grants_Cluster_UnboundAt", "100000 20000 10"),
        ("Grants", "IX_Grants_State_NotAfter", "100000 5000 2"),
        ("Grants", "sqlite_autoindex_Grants_1", "100000 1"),
    ];

    /// <summary>Writes them where they do not stand yet. Connections that are open already do not see it.</summary>
    public static async Task WriteAsync(GatewayDbContext db, CancellationToken cancellationToken)
    {
        if (await KnownAsync(db, cancellationToken) is { } known && known.SequenceEqual(Rows.Select(row => $"{row.Index} {row.Stat}")))
            return;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Makes the table, and reads next to nothing.
        await db.Database.ExecuteSqlRawAsync("PRAGMA analysis_limit=1; ANALYZE \"Grants\"; DELETE FROM sqlite_stat1", cancellationToken);
        foreach (var (table, index, stat) in Rows)
            await db.Database.ExecuteSqlAsync($"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ({table}, {index}, {stat})", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        // Reads them anew on this connection.
        await db.Database.ExecuteSqlRawAsync("ANALYZE sqlite_schema", cancellationToken);
    }

    private static async Task<List<string>?> KnownAsync(GatewayDbContext db, CancellationToken cancellationToken) =>
        await db.Database.SqlQueryRaw<int>("SELECT COUNT(*) AS Value FROM sqlite_schema WHERE name = 'sqlite_stat1'").SingleAsync(cancellationToken) == 0
            ? null
            : await db.Database.SqlQueryRaw<string>("SELECT idx || ' ' || stat AS Value FROM sqlite_stat1 ORDER BY tbl, idx").ToListAsync(cancellationToken);
}
