namespace AccessGateway.Server.Hosting;

using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

/// <summary>Chooses the database, and where the key-encryption key lies unless the settings say.</summary>
internal static class PersistenceExtensions
{
    public static IServiceCollection AddPersistence(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations()
            .Validate(options => options.Provider == "sqlite" || options.ConnectionString.Length > 0, "Database:ConnectionString is required with postgres.");
        services.AddDbContextPool<GatewayDbContext>((provider, options) => Configure(
            options, provider.GetRequiredService<IOptions<DatabaseOptions>>().Value, provider.GetRequiredService<IOptions<GatewayOptions>>().Value.Data));
        services.AddOptions<KeysOptions>().PostConfigure<IOptions<GatewayOptions>>((keys, gateway) =>
        {
            if (keys.File.Length == 0)
                keys.File = Path.Combine(DataFolder(gateway.Value.Data), "key-encryption.key");
        });
        return services.AddKeys();
    }

    public static void Configure(DbContextOptionsBuilder options, DatabaseOptions database, string data)
    {
        // A request and what belongs to it is one query: what is read in several could be of different moments.
        if (database.Provider == "postgres")
        {
            options.UseNpgsql(database.ConnectionString, npgsql => npgsql.MigrationsAssembly("AccessGateway.Migrations.Postgres").UseQuerySplittingBehavior(QuerySplittingBehavior.SingleQuery));
            return;
        }

        var connection = database.ConnectionString.Length > 0 ? database.ConnectionString : $"Data Source={Path.Combine(DataFolder(data), "gateway.db")}";
        SqliteSettings.KeepJournalsInMemory();
        options.UseSqlite(connection, sqlite => sqlite.MigrationsAssembly("AccessGateway.Migrations.Sqlite").UseQuerySplittingBehavior(QuerySplittingBehavior.SingleQuery));
        options.AddInterceptors(new SqliteSettings());
        // SQLite has one kind of transaction; asking for a level is no mistake.
        options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.AmbientTransactionWarning));
    }

    /// <summary>The folder, made for its owner alone if it is not there.</summary>
    public static string DataFolder(string path)
    {
        var folder = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
