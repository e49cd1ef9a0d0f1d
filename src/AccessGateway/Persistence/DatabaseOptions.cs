namespace AccessGateway.Persistence;

using System.ComponentModel.DataAnnotations;

/// <summary>Where state is kept (section <c>Database</c>).</summary>
internal sealed class DatabaseOptions
{
    /// <summary><c>sqlite</c> (one gateway process, a file in the data folder) or <c>postgres</c> (any number of replicas).</summary>
    [RegularExpression("sqlite|postgres", ErrorMessage = "Database:Provider must be sqlite or postgres.")]
    public string Provider { get; set; } = "sqlite";

    /// <summary>Npgsql's connection string; required with <c>postgres</c>. With <c>sqlite</c> empty: <c>gateway.db</c> in the data folder.</summary>
    public string ConnectionString { get; set; } = "";
}
