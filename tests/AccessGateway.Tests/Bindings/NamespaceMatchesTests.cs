namespace AccessGateway.Tests.Bindings;

using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static AccessGateway.Tests.Bindings.PatternGrants;

/// <summary>Grants for namespaces by pattern: bound in each that matches, while they match.</summary>
public sealed class NamespaceMatchesTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_NamespaceMadeLater_WrittenDownThenBoundAndGoneWithTheGrant(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api, kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "deployer", "team-*");
        api.AddNamespace("team-late");
        api.AddNamespace("team-secret-late");
        api.AddNamespace("late");
        // I3: the event is durable before anything is made.
        var before = 0;
        api.Before = async request => before += request.Method == "POST" && request.Path.Value!.Contains("/team-late/", StringComparison.Ordinal) ? (await ChangesAsync(gateway, grant)).Count : 0;
        await RunAsync(gateway);
        Assert.Equal(1, before);
        Assert.Equal(["team-a", "team-late"], api.BoundIn(grant.Id));
        await RunAsync(gateway);
        var change = Assert.Single(await ChangesAsync(gateway, grant));
        Assert.Equal(("team-late", "2", false, false), (change.Details["added"], change.Details["total"], change.Details.ContainsKey("removed"), change.Details.ContainsKey("leftOut")));

        // By name, though somebody took our label off.
        api.Objects[$"namespaces/team-late/rolebindings/jit-{grant.Id}"]["metadata"]!["labels"] = null;
        await EndAsync(gateway, alice, grant);
        Assert.Empty(api.BoundIn(grant.Id));
        Assert.Contains("team-late", Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.removed").Details["bindings"], StringComparison.Ordinal);
    }

    /// <summary>Whoever ends a grant may have read it before a namespace came: nothing is left there, and said to be gone (I2).</summary>

    [Fact]
    public async Task Unbind_ReadBeforeANamespaceCame_GoneThereToo()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api, DatabaseKind.Sqlite);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var before = await GrantAsync(gateway, alice, "deployer", "team-*");
        api.AddNamespace("team-late");
        await RunAsync(gateway);
        Assert.Equal(["team-a", "team-late"], api.BoundIn(before.Id));
        Assert.True(await gateway.WithAsync<HeldAccess, bool>(held => held.EndAsync(before, "root", "a test", default)));
        Assert.True(await gateway.Services.GetRequiredService<IGrantBinder>().UnbindAsync(before, default));
        Assert.Empty(api.BoundIn(before.Id));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_NamespaceGoneOrEnding_TakenOffTheGrant(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a", "team-b", "team-c");
        await using var gateway = await GatewayAsync(api, kind);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        Assert.True(api.Objects.TryRemove("namespaces/team-b", out _) && api.Objects.TryRemove($"namespaces/team-b/rolebindings/jit-{grant.Id}", out _));
        api.Objects["namespaces/team-c"] = PatternDocuments.Namespace("team-c", ending: true);
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
        Assert.Equal("team-b,team-c", Assert.Single(await ChangesAsync(gateway, grant)).Details["removed"]);
        await RunAsync(gateway);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type is "binding.orphan_removed" or "binding.failed");
    }

    /// <summary>Policy's exceptions of now count, and those that reviewers saw.</summary>

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ExceptionsChange_ObeyedAndNeverWidened(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a", "team-b", "team-secret-x");
        await using var gateway = await GatewayAsync(api, kind);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        await gateway.ExceptAsync(api.Address, "[team-b]");
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
        Assert.Equal("team-b", Assert.Single(await ChangesAsync(gateway, grant)).Details["removed"]);
        await gateway.ExceptAsync(api.Address, "[]");
        await RunAsync(gateway);
        Assert.Equal(["team-a", "team-b"], api.BoundIn(grant.Id));
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "binding.orphan_removed");
    }

    [Fact]
    public async Task Run_UnbindingRefused_StaysTheGrantsUntilItIsGone()
    {
        await using var api = await ClusterAsync("team-a", "team-b");
        await using var gateway = await GatewayAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        await gateway.ExceptAsync(api.Address, "[team-b]");
        api.Fault = request => request.Method == "DELETE" ? 403 : null;
        await RunAsync(gateway);
        Assert.Equal(["team-a", "team-b"], api.BoundIn(grant.Id));
        Assert.Empty(await ChangesAsync(gateway, grant));
        api.Fault = _ => null;
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
        Assert.Single(await ChangesAsync(gateway, grant));
    }

    /// <summary>A namespace that never answers keeps nothing else from the pass.</summary>

    [Fact]
    public async Task Run_UnbindingHangs_TheRestOfThePassIsDone()
    {
        await using var api = await ClusterAsync("team-a", "team-b");
        await using var gateway = await GatewayAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        await gateway.ExceptAsync(api.Address, "[team-b]");
        api.Objects.TryRemove($"namespaces/team-a/rolebindings/jit-{grant.Id}", out _);
        using var end = new CancellationTokenSource();
        api.Before = request => request.Method == "DELETE" && request.Path.Value!.Contains("/team-b/", StringComparison.Ordinal)
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token).ContinueWith(_ => { }, TaskScheduler.Default)
            : Task.CompletedTask;
        await gateway.WithClockRunningAsync(PassAsync());
        Assert.Equal(["team-a", "team-b"], api.BoundIn(grant.Id));
        await end.CancelAsync();

        async Task<bool> PassAsync()
        {
            await RunAsync(gateway);
            return true;
        }
    }

    /// <summary>An approval is for the pattern: a namespace that comes sends nothing back to its reviewers.</summary>

    /// <summary>Whom policy offers the role no more keeps what is bound until the end, and gets nothing new.</summary>

    [Fact]
    public async Task Run_HolderLeftTheGroup_NothingNew()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "deployer", "team-*");
        TestGateway.Value(await gateway.WithAsync<Users, Outcome<User>>(users => users.SetGroupsAsync("test", "alice", [], default)));
        api.AddNamespace("team-late");
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_TwoGatewaysAtOnce_WrittenDownOnce(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a");
        await using var database = await TestDatabase.CreateAsync(kind);
        await using var first = await TestGateway.CreateAsync(kind, PatternDocuments.Yaml(api.Address), api, database);
        await using var second = await TestGateway.CreateAsync(kind, PatternDocuments.Yaml(api.Address), api, database, first.Clock, first.Data);
        var alice = await first.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(first, alice, "deployer", "team-*");
        for (var round = 0; round < 5; round++)
        {
            api.AddNamespace($"team-late-{round}");
            await Task.WhenAll(RunAsync(first), RunAsync(second));
        }

        Assert.Equal(5, (await ChangesAsync(first, grant)).Count);
        Assert.Equal(6, api.BoundIn(grant.Id).Count);
    }

    [Fact]
    public async Task Run_NamespacesCannotBeRead_StaysAsItWas()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        api.Fault = request => request.Path == "/api/v1/namespaces" ? 403 : null;
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
        Assert.Empty(await ChangesAsync(gateway, grant));
    }

    /// <summary>One namespace that lets nothing in keeps no other from it.</summary>

    [Fact]
    public async Task Run_OneNamespaceRefuses_TheOthersAreBound()
    {
        await using var api = await ClusterAsync("team-a", "team-b");
        await using var gateway = await GatewayAsync(api);
        api.Fault = request => request.Method == "POST" && request.Path.Value!.Contains("/team-a/", StringComparison.Ordinal) ? 403 : null;
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        Assert.Equal(["team-b"], api.BoundIn(grant.Id));
        Assert.Null(grant.BoundAt);
        api.Fault = _ => null;
        await RunAsync(gateway);
        Assert.Equal(["team-a", "team-b"], api.BoundIn(grant.Id));
    }

    /// <summary>Somebody copies a grant's binding, with its label, to where the grant does not reach.</summary>

    [Fact]
    public async Task Run_LabelOfAnActiveGrantElsewhere_Removed()
    {
        await using var api = await ClusterAsync("team-a", "team-secret-x");
        await using var gateway = await GatewayAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "deployer", "team-*");
        var copy = ReconcilerObjects.Orphan($"jit-{grant.Id}", grant.Id);
        copy["metadata"]!["namespace"] = "team-secret-x";
        api.Objects[$"namespaces/team-secret-x/rolebindings/jit-{grant.Id}"] = copy;
        await RunAsync(gateway);
        Assert.Equal(["team-a"], api.BoundIn(grant.Id));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.orphan_removed");
    }
}
