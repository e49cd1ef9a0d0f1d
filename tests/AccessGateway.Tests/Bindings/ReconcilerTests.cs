namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class ReconcilerTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_ApiServerUp_BoundBeforeTheAnswerAndAuditedInOrder(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.NotNull(grant.BoundAt);
        var binding = Assert.Single(api.Objects);
        Assert.Equal($"clusterrolebindings/jit-{grant.Id}", binding.Key);
        Assert.Equal($"jit:{grant.Id}", (string?)binding.Value["subjects"]![0]!["name"]);
        Assert.Equal("view", (string?)binding.Value["roleRef"]!["name"]);
        Assert.Equal(["grant.activated", "binding.created"], await EventsAsync(gateway, grant));
    }

    [Fact]
    public async Task Activate_Namespaces_OneRoleBindingInEach()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var root = await gateway.AddUserAsync("root", "administrators");
        var request = await gateway.SubmitAsync(alice, "editor", "10m", "payments-api", "payments-web");
        await gateway.ReviewAsync(root, request.Id);
        var grant = await gateway.ActivateAsync(alice, request.Id);
        Assert.Equal(
            [$"namespaces/payments-api/rolebindings/jit-{grant.Id}", $"namespaces/payments-web/rolebindings/jit-{grant.Id}"],
            api.Objects.Keys.Order());
    }

    [Fact]
    public async Task Relinquish_ApiServerUp_UnboundBeforeTheAnswer()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var first = await gateway.GrantAsync(alice);
        var second = await gateway.GrantAsync(alice);
        var ended = TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, first.Id, default)));
        Assert.NotNull(ended.UnboundAt);
        // The first of two overlapping grants to end must not end the second.
        Assert.Equal($"clusterrolebindings/jit-{second.Id}", Assert.Single(api.Objects.Keys));
        Assert.Equal(["grant.activated", "binding.created", "grant.relinquished", "binding.removed"], await EventsAsync(gateway, first));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(403)]
    public async Task Activate_ApiServerFails_GrantHoldsAndTheNextPassBinds(int status)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        api.Fault = _ => status;
        var grant = await gateway.GrantAsync(alice);
        Assert.Null(grant.BoundAt);
        Assert.Empty(api.Objects);
        api.Fault = _ => null;
        await RunAsync(gateway);
        Assert.Single(api.Objects);
        Assert.Equal(["grant.activated", "binding.created"], await EventsAsync(gateway, grant));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_GrantEndedWhileApiServerWasDown_UnboundLater(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        api.Fault = _ => 503;
        var ended = TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
        Assert.Null(ended.UnboundAt);
        await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(gateway));
        api.Fault = _ => null;
        await RunAsync(gateway);
        await RunAsync(gateway);
        Assert.Empty(api.Objects);
        Assert.Equal(["grant.activated", "binding.created", "grant.relinquished", "binding.removed"], await EventsAsync(gateway, grant));
    }

    [Fact]
    public async Task Run_Orphan_RemovedAndAudited()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        await RunAsync(gateway);
        Assert.Empty(api.Objects);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "binding.orphan_removed" && row.GrantId == "gr-0000000000000");
    }

    [Fact]
    public async Task Run_LabelledButNotOurName_LeftAlone()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        api.Objects["clusterrolebindings/cluster-admins"] = ReconcilerObjects.Orphan("cluster-admins", "");
        await RunAsync(gateway);
        Assert.Single(api.Objects);
    }

    [Fact]
    public async Task Run_LabelTakenOffAndGrantEnded_StillRemoved()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        api.Fault = _ => 503;
        await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default));
        // What the gateway no longer lists, as if its label were gone.
        api.Fault = _ => null;
        var hidden = api.Objects.Single();
        api.Unlisted.Add(hidden.Key);
        await RunAsync(gateway);
        Assert.Empty(api.Objects);
        Assert.Contains("binding.removed", await EventsAsync(gateway, grant));
    }

    [Fact]
    public async Task Run_DeletedByHand_MadeAgain()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        api.Objects.Clear();
        await RunAsync(gateway);
        Assert.Single(api.Objects);
        var drift = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift" && row.GrantId == grant.Id);
        Assert.Equal(("deleted", $"clusterrolebinding/jit-{grant.Id}"), (drift.Details["differs"], drift.Details["binding"]));
    }

    [Fact]
    public async Task Run_EditedByHand_ReplacedAndDriftAudited()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var edited = api.Objects.Values.Single();
        edited["subjects"]!.AsArray().Add(new JsonObject { ["kind"] = "User", ["name"] = "mallory", ["apiGroup"] = "rbac.authorization.k8s.io" });
        await RunAsync(gateway);
        Assert.Single(api.Objects.Values.Single()["subjects"]!.AsArray());
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "binding.drift" && row.GrantId == grant.Id);
    }

    /// <summary>A reaper goes by the end that is written on the binding while the gateway is dead. It is moved in place: nobody loses access for
    /// a moment.</summary>
    [Theory]
    [InlineData("2020-01-01T00:00:00Z")]
    [InlineData(null)]
    public async Task Run_AnotherEndWrittenOnIt_PutRightInPlace(string? found)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var annotations = api.Objects.Values.Single()["metadata"]!["annotations"]!.AsObject();
        var end = (string?)annotations[OwnObjects.NotAfterAnnotation];
        annotations[OwnObjects.NotAfterAnnotation] = found;
        api.Fault = request => request.Method is "DELETE" or "POST" ? 500 : null;
        await RunAsync(gateway);
        Assert.Equal(end, (string?)api.Objects.Values.Single()["metadata"]!["annotations"]![OwnObjects.NotAfterAnnotation]);
        // An extension explains an earlier one, and nothing that it is gone.
        Assert.Equal(found is null ? 1 : 0, (await gateway.AuditAsync()).Count(row => row.Type == "binding.drift"));
    }

    [Fact]
    public async Task Run_EndCannotBeMoved_PassGoesOn()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        await gateway.GrantAsync(alice);
        api.Objects.Values.Single()["metadata"]!["annotations"]!.AsObject().Clear();
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        api.Fault = request => request.Method == "PATCH" ? 403 : null;
        await RunAsync(gateway);
        Assert.Single(api.Objects);
    }

    /// <summary>A grant that ends between the last look and the create must not stay bound.</summary>
    [Fact]
    public async Task Bind_EndsWhileBeingBound_NotLeftBehind()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        api.Before = async request =>
        {
            if (request.Method == "POST")
            {
                var id = (await gateway.AuditAsync()).Single(row => row.Type == "grant.activated").GrantId!;
                await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, id, default));
            }
        };
        await gateway.GrantAsync(alice);
        Assert.Empty(api.Objects);
    }

    /// <summary>I1 and I8 without anyone's help: the loop wakes at the expiry and takes the binding away.</summary>
    [Fact]
    public async Task Loop_GrantRunsOut_ExpiredAndUnbound()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.Single(api.Objects);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        await EventuallyAuditedAsync(gateway, grant, "binding.removed");
        Assert.Empty(api.Objects);
        Assert.Equal(["grant.activated", "binding.created", "grant.expired", "binding.removed"], await EventsAsync(gateway, grant));
    }

    [Fact]
    public async Task Run_RoleGoneForManyPasses_FailureAuditedOnceAStatus()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        api.Fault = request => request.Method == "POST" ? 404 : null;
        var grant = await gateway.GrantAsync(alice);
        await RunAsync(gateway);
        await RunAsync(gateway);
        api.Fault = request => request.Method == "POST" ? 403 : null;
        await RunAsync(gateway);
        await RunAsync(gateway);
        var failures = (await gateway.AuditAsync()).Where(row => row.GrantId == grant.Id && row.Type == "binding.failed").Select(row => row.Details["status"]);
        Assert.Equal(["404", "403"], failures);
    }

    /// <summary>The documents name no cluster any more since the last start: its grants are over.</summary>
    [Fact]
    public async Task Loop_NoClusterLeft_GrantsRevoked()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var data = Directory.CreateTempSubdirectory("access-gateway-no-cluster-").FullName;
        await using var before = await TestGateway.CreateAsync(database: database, data: data);
        var grant = await before.GrantAsync(await before.AddUserAsync("alice", "platform"));
        var nothing = Directory.CreateTempSubdirectory("access-gateway-nothing-").FullName;
        await using var gateway = await TestGateway.CreateAsync(database: database, clock: before.Clock, data: data, config: nothing, background: true);
        await gateway.ListenAsync();
        await EventuallyAuditedAsync(gateway, grant, "grant.revoked");
        Directory.Delete(nothing);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>The clock goes on meanwhile: a loop that read the time just before it jumped goes to sleep after it, for a while of the
    /// gateway's clock.</summary>
    private static Task EventuallyAuditedAsync(TestGateway gateway, Grant grant, string type) => Eventually.TrueAsync(
        async () =>
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            return (await EventsAsync(gateway, grant)).Contains(type);
        },
        what: type);

    private static Task RunAsync(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);

    private static async Task<List<string>> EventsAsync(TestGateway gateway, Grant grant) =>
        [.. (await gateway.AuditAsync()).Where(row => row.GrantId == grant.Id).Select(row => row.Type)];
}
