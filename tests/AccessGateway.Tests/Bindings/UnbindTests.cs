namespace AccessGateway.Tests.Bindings;

using AccessGateway.Bindings;
using AccessGateway.Configuration;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>However a grant ends, its binding goes with it, and the audit log says how long that took.</summary>
public sealed class UnbindTests
{
    [Theory]
    [InlineData("holder", "grant.relinquished")]
    [InlineData("operator", "grant.revoked")]
    [InlineData("policy", "grant.revoked")]
    [InlineData("user disabled", "grant.revoked")]
    [InlineData("cluster removed", "grant.revoked")]
    [InlineData("time", "grant.expired")]
    public async Task End_EachWay_UnboundWithTheMeasuredTime(string way, string type)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        // The API server takes 400 ms.
        api.Before = request =>
        {
            if (request.Method == "DELETE")
                gateway.Clock.Advance(TimeSpan.FromMilliseconds(400));
            return Task.CompletedTask;
        };
        await EndAsync(gateway, grant, way);
        Assert.Empty(api.Objects);
        var events = (await gateway.AuditAsync()).Where(row => row.GrantId == grant.Id).ToList();
        Assert.Equal(["grant.activated", "binding.created", type, "binding.removed"], events.Select(row => row.Type));
        Assert.Equal("0.400", events[^1].Details["secondsAfterEnd"]);
    }

    /// <summary>I2 though as many as may be bound at a time hang: who ends a grant does not stand in their line.</summary>
    [Fact]
    public async Task Relinquish_ManyHangWhileTheyAreBound_NotWaitedFor()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var others = await gateway.AddAsync(alice, GrantBindings.AtOnce, TimeSpan.FromHours(1));
        var hanging = 0;
        api.Before = request => request.Method == "POST" && Interlocked.Increment(ref hanging) > 0
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted) : Task.CompletedTask;
        var binder = gateway.Services.GetRequiredService<IGrantBinder>();
        var binding = new List<Task<bool>>();
        foreach (var id in others)
            binding.Add(binder.BindAsync(await gateway.WithAsync<Grants, Grant>(grants => grants.ReadAsync(id, default)), default));
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref hanging) == GrantBindings.AtOnce), what: "the calls that hang");
        // The gateway's clock stands still: nobody's patience ends.
        var ended = await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.NotNull(TestGateway.Value(ended).UnboundAt);
        gateway.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.All(await Task.WhenAll(binding), Assert.False);
    }

    /// <summary>I2 though a call to the API server never comes back: it is made again before two seconds are over.</summary>
    [Fact]
    public async Task Relinquish_OneCallHangs_UnboundWithinTwoSeconds()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var calls = 0;
        api.Before = request => request.Method == "DELETE" && Interlocked.Increment(ref calls) == 1
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted) : Task.CompletedTask;
        var ending = gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default));
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref calls) == 1), what: "the first call");
        gateway.Clock.Advance(TimeSpan.FromSeconds(1.5));
        Assert.NotNull(TestGateway.Value(await ending).UnboundAt);
        Assert.Empty(api.Objects);
        Assert.Equal(2, calls);
    }

    /// <summary>Where the answer is given up on, the loop goes on with it.</summary>
    [Fact]
    public async Task Loop_EveryCallHungAtTheEnd_UnboundAsSoonAsTheyComeBack()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var hung = true;
        api.Before = request => hung && request.Method == "DELETE" ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted) : Task.CompletedTask;
        var ending = gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default));
        await gateway.EventuallyAsync(() => ending.IsCompleted);
        Assert.Null(TestGateway.Value(await ending).UnboundAt);
        hung = false;
        var back = gateway.Clock.GetUtcNow();
        await gateway.EventuallyAsync(() => api.Objects.IsEmpty);
        // The loop backs off meanwhile; I8 gives it a minute.
        Assert.InRange(gateway.Clock.GetUtcNow() - back, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    /// <summary>Thousands that end in the same second: each once, by whichever gateway, and each event before the next kind.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task EndDue_ManyAtOnceOnTwoGateways_EachOnce(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(kind);
        await using var one = await TestGateway.CreateAsync(apiServer: api, database: database);
        await using var other = await TestGateway.CreateAsync(apiServer: api, database: database, clock: one.Clock, data: one.Data);
        var ids = await one.AddAsync(await one.AddUserAsync("alice", "platform"), 600, TimeSpan.FromMinutes(10));
        await Of(one).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(600, api.Objects.Count);
        one.Clock.Advance(TimeSpan.FromMinutes(10));
        await Task.WhenAll(EndDueAsync(one), EndDueAsync(other));
        await EndDueAsync(one);
        Assert.Empty(api.Objects);
        var events = (await one.AuditAsync()).Where(row => row.GrantId is not null && row.Type != "grant.activated").GroupBy(row => row.GrantId!).ToList();
        Assert.Equal(ids.Order(), events.Select(grant => grant.Key).Order());
        Assert.All(events, grant => Assert.Equal(["binding.created", "grant.expired", "binding.removed"], grant.Select(row => row.Type)));
    }

    /// <summary>One that the API server refuses to let go keeps no other.</summary>
    [Fact]
    public async Task EndDue_OneRefused_TheOthersGo()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var ids = await gateway.AddAsync(await gateway.AddUserAsync("alice", "platform"), 20, TimeSpan.FromMinutes(10));
        await Of(gateway).RunAsync(TestContext.Current.CancellationToken);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        api.Fault = request => request.Method == "DELETE" && request.Path.Value!.EndsWith(ids[3], StringComparison.Ordinal) ? 403 : null;
        Assert.NotNull((await EndDueAsync(gateway)).Refused);
        Assert.Equal($"clusterrolebindings/jit-{ids[3]}", Assert.Single(api.Objects).Key);
        api.Fault = _ => null;
        await EndDueAsync(gateway);
        Assert.Empty(api.Objects);
    }

    /// <summary>Nor does it keep the loop from the rest of the cluster.</summary>
    [Fact]
    public async Task Loop_OneRefusedForGood_OrphansGoAllTheSame()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        api.Fault = request => request.Method == "DELETE" && request.Path.Value!.EndsWith(grant.Id, StringComparison.Ordinal) ? 403 : null;
        Assert.Null(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default))).UnboundAt);
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        await gateway.EventuallyAsync(() => api.Objects.Count == 1);
        Assert.Equal($"clusterrolebindings/jit-{grant.Id}", Assert.Single(api.Objects).Key);
    }

    /// <summary>One ends, and is seen gone, before its binding is made with those of others: it does not stay, and theirs are written down.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_OneEndsWhileItsLotIsBound_GoneAndTheOthersWrittenDown(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, apiServer: api);
        var ids = await gateway.AddAsync(await gateway.AddUserAsync("alice", "platform"), 3, TimeSpan.FromMinutes(10));
        var ends = 0;
        api.Before = async request =>
        {
            if (request.Method != "POST" || Interlocked.Increment(ref ends) > 1)
                return;
            var now = gateway.Clock.GetUtcNow();
            await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Grants.Where(row => row.Id == ids[1])
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, GrantState.Revoked).SetProperty(row => row.EndedAt, now).SetProperty(row => row.UnboundAt, now)));
        };
        await gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
        string[] others = [ids[0], ids[2]];
        Assert.Equal(others.Select(id => $"clusterrolebindings/jit-{id}").Order(), api.Objects.Keys.Order());
        Assert.Superset(others.ToHashSet(), (await gateway.AuditAsync()).Where(row => row.Type == "binding.created").Select(row => row.GrantId!).ToHashSet());
    }

    private static async Task EndAsync(TestGateway gateway, Grant grant, string way)
    {
        var token = TestContext.Current.CancellationToken;
        switch (way)
        {
            case "holder":
                await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(new Caller(grant.HolderId, "alice", ["platform"]), grant.Id, token));
                break;
            case "operator":
                var root = await gateway.AddUserAsync("root", "administrators");
                await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RevokeAsync(root.Caller, grant.Id, token));
                break;
            case "user disabled":
                await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("console", "alice", disabled: true, token));
                break;
            case "policy" or "cluster removed":
                var documents = gateway.Services.GetRequiredService<CurrentDocuments>();
                var file = Path.Combine(documents.Folder, "documents.yaml");
                var yaml = await File.ReadAllTextAsync(file, token);
                await File.WriteAllTextAsync(file, way == "policy" ? yaml.Replace("name: viewer", "name: reader", StringComparison.Ordinal) : yaml.Replace("name: dev, labels", "name: other, labels", StringComparison.Ordinal), token);
                var look = gateway.Services.GetRequiredService<ConfigurationReload>().LookAsync(token);
                await gateway.EventuallyAsync(() => look.IsCompleted);
                Assert.True(await look);
                await gateway.Services.GetRequiredService<ConfigurationReload>().EnforceAsync(token);
                break;
            default:
                gateway.Clock.Advance(grant.NotAfter - gateway.Clock.GetUtcNow());
                await EndDueAsync(gateway);
                break;
        }
    }

    private static Task<(DateTimeOffset? Next, Exception? Refused)> EndDueAsync(TestGateway gateway) => Of(gateway).EndDueAsync(TestContext.Current.CancellationToken);

    private static Reconciler Of(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster);
}
