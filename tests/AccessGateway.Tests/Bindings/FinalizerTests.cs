namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Bindings;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>A holder who may write bindings puts a finalizer on their own: the API server says yes to a delete then, and leaves the binding where
/// it is, in force (I1, I2).</summary>
public sealed class FinalizerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_FinalizerOnTheBinding_GoneBeforeTheAnswer(bool expires)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Hold(api.Objects.Values.Single());
        if (expires)
        {
            gateway.Clock.Advance(grant.NotAfter - gateway.Clock.GetUtcNow());
            Assert.Null((await Of(gateway).EndDueAsync(TestContext.Current.CancellationToken)).Refused);
        }
        else
        {
            Assert.NotNull((await RelinquishAsync(gateway, alice, grant)).UnboundAt);
        }

        Assert.Empty(api.Objects);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.removed");
    }

    /// <summary>A gateway with the rights of before cannot take it away, and says nothing else than that.</summary>
    [Fact]
    public async Task Relinquish_MayNotTakeTheFinalizerAway_NeverSaidToBeRemoved()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Hold(api.Objects.Values.Single());
        api.Fault = request => request.Method == "PATCH" ? 403 : null;
        Assert.Null((await RelinquishAsync(gateway, alice, grant)).UnboundAt);
        Assert.NotNull((await Of(gateway).EndDueAsync(TestContext.Current.CancellationToken)).Refused);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "binding.removed");
        api.Fault = _ => null;
        Assert.Null((await Of(gateway).EndDueAsync(TestContext.Current.CancellationToken)).Refused);
        Assert.Empty(api.Objects);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.removed");
    }

    [Fact]
    public async Task Run_OrphanWithFinalizer_Gone()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var orphan = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        Hold(orphan);
        api.Watches.Put("clusterrolebindings/jit-gr-0000000000000", orphan);
        await Of(gateway).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(api.Objects);
    }

    private static void Hold(JsonObject item) => item["metadata"]!["finalizers"] = new JsonArray("example.com/mine");

    private static async Task<Grant> RelinquishAsync(TestGateway gateway, TestUser holder, Grant grant) =>
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(holder.Caller, grant.Id, default)));

    private static Reconciler Of(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster);
}
