namespace AccessGateway.Testing;

using Microsoft.Extensions.Time.Testing;

/// <summary>Two replicas that listen: one database, one key-encryption key, one clock.</summary>
internal sealed class GatewayPair : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly string _data;

    private GatewayPair(TestDatabase database, string data, TestGateway first, TestGateway second) =>
        (_database, _data, First, Second) = (database, data, first, second);

    public TestGateway First { get; }

    public TestGateway Second { get; }

    public FakeTimeProvider Clock => First.Clock;

    public static async Task<GatewayPair> CreateAsync(DatabaseKind kind, FakeApiServer? apiServer = null)
    {
        var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        var first = await TestGateway.CreateAsync(kind, apiServer: apiServer, database: database, data: data);
        var second = await TestGateway.CreateAsync(kind, apiServer: apiServer, database: database, data: data, clock: first.Clock);
        await first.ListenAsync();
        await second.ListenAsync();
        return new GatewayPair(database, data, first, second);
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
