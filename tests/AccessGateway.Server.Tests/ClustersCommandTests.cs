namespace AccessGateway.Server.Tests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>The command <c>clusters check</c> as an operator types it, with no gateway that runs and no API server that answers.</summary>
public sealed class ClustersCommandTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;
    private string _data = "";

    public async ValueTask InitializeAsync()
    {
        _data = Directory.CreateTempSubdirectory("access-gateway-clusters-").FullName;
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _gateway = await TestGateway.CreateAsync(database: _database, data: _data);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Check_NobodyListens_SaysSoAndWhatToDo()
    {
        var result = await RunAsync("check");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"^dev\n  failed   server +127\.0\.0\.1:1 is not reached: nothing listens there\n +> Check spec\.server", result.Out);
        Assert.Equal(ClusterCheckNames.All.Count - 1, result.Out.Split("  unknown ").Length - 1);
    }

    [Fact]
    public async Task Check_AsJson_IsTheContract()
    {
        var found = JsonSerializer.Deserialize((await RunAsync("check", "dev", "-o", "json")).Out, GatewayJson.Default.ListClusterChecksView)!;
        Assert.Equal(("dev", CheckOutcome.Failed), (Assert.Single(found).Cluster, found[0].Outcome));
    }

    [Fact]
    public async Task Check_UnknownCluster_Refused()
    {
        var result = await RunAsync("check", "other");
        Assert.Equal((1, "", "error: No cluster 'other' is registered.\n"), result);
    }

    private Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] arguments) => GatewayProgram.RunAsync(_gateway, _database, ["clusters", .. arguments]);
}
