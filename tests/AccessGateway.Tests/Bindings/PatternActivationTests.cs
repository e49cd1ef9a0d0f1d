namespace AccessGateway.Tests.Bindings;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static AccessGateway.Tests.Bindings.PatternGrants;

/// <summary>What a pattern matches when a grant begins, and how much it may.</summary>
public sealed class PatternActivationTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_Pattern_BoundInEachThatMatches(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a", "team-b", "team-secret-x", "other");
        api.Objects["namespaces/team-ending"] = PatternDocuments.Namespace("team-ending", ending: true);
        await using var gateway = await GatewayAsync(api, kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "deployer", "team-*", "dev-x");
        Assert.Equal(["dev-x", "team-a", "team-b"], api.BoundIn(grant.Id));
        Assert.NotNull(grant.BoundAt);
        var activated = Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.activated");
        Assert.Equal(("team-*,dev-x", "team-a,team-b"), (activated.Details["namespaces"], activated.Details["matched"]));
        Assert.Equal(["team-a", "team-b"], grant.ToView(gateway.Clock.GetUtcNow()).MatchedNamespaces);
    }

    [Fact]
    public async Task Activate_NamespaceMadeAfterTheApproval_ApprovalHoldsAndItIsBound()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "reviewed", "10m", "team-*");
        TestGateway.Value(await gateway.ReviewAsync(await gateway.AddUserAsync("root", "administrators"), request.Id));
        api.AddNamespace("team-late");
        var grant = await gateway.ActivateAsync(alice, request.Id);
        Assert.Equal(["team-a", "team-late"], api.BoundIn(grant.Id));
        // More time is asked for in the same words.
        var more = await gateway.AskForMoreAsync(alice, grant.Id, "4h");
        Assert.Equal(["team-*"], more.Namespaces);
        Assert.Equal(["team-secret-*"], more.ExceptNamespaces);
        Assert.Equal(["team-a", "team-late"], more.Clusters.Single().MatchedNamespaces);
    }

    [Fact]
    public async Task Activate_GrownBeyondTheBound_Refused()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "deployer", "10m", "team-*");
        Grow(api, 100);
        var refusal = TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, request.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id))));
        Assert.Contains("101 namespaces now", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_GrownBeyondTheBound_KeepsWhatItHasAndSaysHowManyAreLeftOut()
    {
        await using var api = await ClusterAsync("team-z");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "deployer", "team-*");
        Grow(api, 102);
        await RunAsync(gateway);
        await RunAsync(gateway);
        var bound = api.BoundIn(grant.Id);
        Assert.Equal(NamespaceChoice.Max, bound.Count);
        Assert.Contains("team-z", bound);
        Assert.Equal("3", Assert.Single(await ChangesAsync(gateway, grant)).Details["leftOut"]);
        Assert.Equal(3, TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(alice.Caller, grant.Id, default))).LeftOutNamespaces);
        await EndAsync(gateway, alice, grant);
        Assert.Empty(api.BoundIn(grant.Id));
    }

    [Fact]
    public async Task Activate_RulesOfItsOwn_ARoleAndABindingInEachAndNoneLeft()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "restarter", "team-*");
        api.AddNamespace("team-late");
        await RunAsync(gateway);
        Assert.Contains($"namespaces/team-late/roles/jit-{grant.Id}", api.Objects.Keys);
        Assert.Equal(["team-a", "team-late"], api.BoundIn(grant.Id));
        await EndAsync(gateway, alice, grant);
        Assert.DoesNotContain(api.Objects.Keys, key => key.Contains(grant.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task BreakGlass_Pattern_BoundAndTold()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = TestGateway.Value(await gateway.TryBreakGlassAsync(
            alice, Workflow.Asked("deployer", "10m", "team-*") with { Reason = "everything is on fire", BreakGlass = true }, await gateway.ProveAsync(alice, StepUpActions.BreakGlass("dev", "deployer"))));
        Assert.Equal(["team-a"], api.BoundIn(request.OnlyGrantId!));
        Assert.Equal("team-a", Assert.Single(await gateway.AuditAsync(), row => row.Type == "break_glass.used").Details["matched"]);
    }
}
