namespace AccessGateway.EndToEnd;

using Xunit;

/// <summary>A cluster without pods, for tests of gateways in this process or in one of their own; each keeps to its own name or cleans up.</summary>
public sealed class PlainCluster : IAsyncLifetime
{
    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster did not start.");

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync("plain", 18743, pods: false);
        (await _cluster.AdminAsync("apply", "-f", Path.Combine(Demo.Root, "deploy", "rbac", "gateway-read-roles.yaml"))).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}

/// <summary>Tests that share it, one after another, while others wait for the demo.</summary>
[CollectionDefinition(nameof(PlainClusterTests))]
public sealed class PlainClusterTests : ICollectionFixture<PlainCluster>;
