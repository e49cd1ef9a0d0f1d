namespace AccessGateway.Testing;

using AccessGateway.Persistence;
using AccessGateway.Server.Hosting;
using Microsoft.EntityFrameworkCore;
using Npgsql;

/// <summary>The databases that a test runs on: SQLite always, PostgreSQL where <c>ACCESSGATEWAY_TEST_POSTGRES</c> names a server,
/// as <c>tests/run.sh</c> does.</summary>
internal enum DatabaseKind
{
    Sqlite,
    Postgres,
}

/// <summary>A migrated, empty database of a test's own, copied from a template that is migrated once a process.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly string TemplateName = $"template_{Environment.ProcessId}";
    private static string? _sqliteTemplate;
    private static bool _postgresTemplate;

    private readonly string _folder;
    private readonly string? _postgresName;

    private TestDatabase(DatabaseOptions options, string folder, string? postgresName) => (Options, _folder, _postgresName) = (options, folder, postgresName);

    /// <summary>The administrator's connection string of the PostgreSQL server; null without one.</summary>
    public static string? PostgresServer => Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_POSTGRES") is { Length: > 0 } server ? server : null;

    public DatabaseOptions Options { get; }

    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-test-").FullName;
        return kind == DatabaseKind.Sqlite ? await CreateSqliteAsync(folder) : await CreatePostgresAsync(folder);
    }

    public GatewayDbContext Open()
    {
        var builder = new DbContextOptionsBuilder<GatewayDbContext>();
        PersistenceExtensions.Configure(builder, Options, _folder);
        return new GatewayDbContext(builder.Options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgresName is not null)
        {
            await using (var pool = new NpgsqlConnection(Options.ConnectionString))
                NpgsqlConnection.ClearPool(pool);
            await ExecuteAsync($"DROP DATABASE IF EXISTS {_postgresName} WITH (FORCE)");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<TestDatabase> CreateSqliteAsync(string folder)
    {
        await Gate.WaitAsync();
        try
        {
            if (_sqliteTemplate is null)
            {
                var file = Path.Combine(Directory.CreateTempSubdirectory("access-gateway-template-").FullName, "gateway.db");
                await using var template = new TestDatabase(new DatabaseOptions { ConnectionString = $"Data Source={file};Pooling=False" }, Directory.CreateTempSubdirectory().FullName, null);
                await using var db = template.Open();
                await DatabaseSchema.PrepareAsync(db, CancellationToken.None);
                _sqliteTemplate = file;
            }
        }
        finally
        {
            Gate.Release();
        }

        var copy = Path.Combine(folder, "gateway.db");
        File.Copy(_sqliteTemplate, copy);
        var database = new TestDatabase(new DatabaseOptions { ConnectionString = $"Data Source={copy}" }, folder, null);
        await using (var db = database.Open())
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL");
        return database;
    }

    private static async Task<TestDatabase> CreatePostgresAsync(string folder)
    {
        var server = PostgresServer ?? throw new InvalidOperationException("ACCESSGATEWAY_TEST_POSTGRES is not set; run tests/run.sh.");
        var name = $"test_{Guid.CreateVersion7():N}";
        await Gate.WaitAsync();
        try
        {
            if (!_postgresTemplate)
            {
                await ExecuteAsync($"CREATE DATABASE {TemplateName}");
                await using var template = new TestDatabase(OptionsFor(server, TemplateName, pooling: false), Directory.CreateTempSubdirectory().FullName, null);
                await using var db = template.Open();
                await DatabaseSchema.PrepareAsync(db, CancellationToken.None);
                _postgresTemplate = true;
            }

            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {TemplateName}");
        }
        finally
        {
            Gate.Release();
        }

        return new TestDatabase(OptionsFor(server, name, pooling: true), folder, name);
    }

    private static DatabaseOptions OptionsFor(string server, string name, bool pooling) => new()
    {
        Provider = "postgres",
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = pooling, MaxPoolSize = 20 }.ConnectionString,
    };

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(PostgresServer!) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
