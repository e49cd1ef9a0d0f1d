namespace AccessGateway.Server.Hosting;

using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SQLitePCL;

/// <summary>
/// What SQLite must be told on every connection, once: wait for the other writer inside SQLite (not in the driver's 150 ms steps), sync
/// on every commit (I4: an acknowledged audit event is never lost), and hold foreign keys. The rest is for speed: a connection keeps 8 MiB of pages,
/// and reads the others where they lie; the log grows to 64 MiB before its pages go to the database, where one that changed often goes once.
/// </summary>
internal sealed class SqliteSettings : DbConnectionInterceptor
{
    private const string Pragmas =
        "PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192; PRAGMA mmap_size=268435456; PRAGMA wal_autocheckpoint=16384;";

    /// <summary>SQLITE_CONFIG_STMTJRNL_SPILL; negative is never.</summary>
    private const int StatementJournalSpill = 26;

    private static readonly Lazy<int> Process = new(() =>
    {
        Batteries_V2.Init();
        return raw.sqlite3_config(StatementJournalSpill, -1);
    });

    /// <summary>Connections that are open beneath those of the driver's pool.</summary>
    private static readonly ConditionalWeakTable<sqlite3, object> Told = [];

    /// <summary>What SQLite needs to take back a statement that changes many rows, and fails at one, stays in memory: from 64 KiB on it would go to a
    /// temporary file, more than everything else that is written. A statement here changes a few hundred rows at most. To be said before the first
    /// connection of the process: later SQLite does not listen, which costs speed and nothing else.</summary>
    public static void KeepJournalsInMemory() => _ = Process.Value;

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (((SqliteConnection)connection).Handle is not { } handle || Told.TryGetValue(handle, out _))
            return;
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
        Told.AddOrUpdate(handle, Pragmas);
    }

    /// <summary>SQLite has nothing to wait for here.</summary>
    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        ConnectionOpened(connection, eventData);
        return Task.CompletedTask;
    }
}
