namespace AccessGateway.Tests.Bindings;

using AccessGateway.Audit;
using AccessGateway.Bindings;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using k8s.Autorest;
using Xunit;

/// <summary>What cannot be put right is found by each pass, and fills the audit log with nothing: it is told of once, until it changes.</summary>
public sealed class ToldDriftTests
{
    [Fact]
    public async Task Run_ChangeCannotBePutRight_ToldOnceUntilItIsAnother()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var (key, item) = Assert.Single(api.Objects);
        item["roleRef"]!["name"] = "edit";
        api.Watches.Put(key, item);
        api.Fault = request => request.Method == "DELETE" ? 403 : null;
        await RunTwiceAsync(gateway);
        Assert.Equal(["role: edit"], await FoundAsync(gateway));

        item["roleRef"]!["name"] = "cluster-admin";
        api.Watches.Put(key, item);
        await RunTwiceAsync(gateway);
        Assert.Equal(["role: edit", "role: cluster-admin"], await FoundAsync(gateway));

        // Put right, and changed once more.
        api.Fault = _ => null;
        await RunTwiceAsync(gateway);
        Assert.Equal("view", (string?)api.Objects[key]["roleRef"]!["name"]);
        item = api.Objects[key];
        item["roleRef"]!["name"] = "cluster-admin";
        await RunTwiceAsync(gateway);
        Assert.Equal(["role: edit", "role: cluster-admin", "role: cluster-admin"], await FoundAsync(gateway));
    }

    [Fact]
    public async Task Run_DeletedAndCannotBeMade_ToldOnceUntilItIsDeletedAgain()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var (key, _) = Assert.Single(api.Objects);
        for (var times = 1; times <= 2; times++)
        {
            api.Watches.Remove(key);
            api.Fault = request => request.Method == "POST" ? 403 : null;
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            await RunTwiceAsync(gateway);
            Assert.Equal(Enumerable.Repeat("nothing", times), await FoundAsync(gateway));
            api.Fault = _ => null;
            await RunTwiceAsync(gateway);
            Assert.True(api.Objects.ContainsKey(key));
        }
    }

    [Fact]
    public async Task Run_OrphanCannotBeRemoved_ToldOnce()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        api.Watches.Put("clusterrolebindings/jit-gr-0000000000000", ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000"));
        api.Fault = request => request.Method == "DELETE" ? 403 : null;
        await Assert.ThrowsAsync<HttpOperationException>(() => RunAsync(gateway));
        await Assert.ThrowsAsync<HttpOperationException>(() => RunAsync(gateway));
        api.Fault = _ => null;
        await RunTwiceAsync(gateway);
        Assert.Empty(api.Objects);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == AuditEvents.BindingOrphanRemoved);
    }

    private static async Task<IEnumerable<string>> FoundAsync(TestGateway gateway) =>
        (await gateway.AuditAsync()).Where(row => row.Type == AuditEvents.BindingDrift).Select(row => row.Details["found"]);

    private static async Task RunTwiceAsync(TestGateway gateway)
    {
        await RunAsync(gateway);
        await RunAsync(gateway);
    }

    private static Task RunAsync(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
}
