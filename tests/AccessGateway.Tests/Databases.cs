namespace AccessGateway.Tests;

using AccessGateway.Testing;
using Xunit;

/// <summary>Every data test runs on each database that there is.</summary>
internal sealed class Databases : TheoryData<DatabaseKind>
{
    public Databases()
    {
        Add(DatabaseKind.Sqlite);
        if (TestDatabase.PostgresServer is not null)
            Add(DatabaseKind.Postgres);
    }
}
