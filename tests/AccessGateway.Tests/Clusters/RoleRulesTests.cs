namespace AccessGateway.Tests.Clusters;

using AccessGateway.Clusters;
using AccessGateway.Policy;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class RoleRulesTests : IAsyncLifetime
{
    private const string Read = """[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]""";
    private const string ReadSecrets = """[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]""";

    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;
    private int _calls;

    private RoleRules Roles => _gateway.Services.GetRequiredService<RoleRules>();

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        _api.Before = _ =>
        {
            Interlocked.Increment(ref _calls);
            return Task.CompletedTask;
        };
        _gateway = await TestGateway.CreateAsync(apiServer: _api);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Digest_RuleAdded_ChangesAtOnce()
    {
        _api.AddClusterRole("view", Read);
        var before = await DigestAsync();
        Assert.Equal(before, await DigestAsync());
        _api.AddClusterRole("view", """[{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get"]}]""");
        Assert.NotEqual(before, await DigestAsync());
    }

    [Fact]
    public async Task Digest_RuleWrittenOtherwise_Stays()
    {
        _api.AddClusterRole("view", """[{"apiGroups":[""],"resources":["pods","services"],"verbs":["get"]}]""");
        var before = await DigestAsync();
        _api.AddClusterRole("view", """[{"apiGroups":[""],"resources":["services"],"verbs":["get"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get","get"]}]""");
        Assert.Equal(before, await DigestAsync());
    }

    /// <summary>Before the API server wrote it into the role itself, and through two levels.</summary>
    [Fact]
    public async Task Resolve_AggregatedRoleGetsAPart_IsInItAtOnce()
    {
        _api.AddClusterRole("view", Read, aggregates: "to-view");
        _api.AddClusterRole("middle", "[]", label: "to-view", aggregates: "to-middle");
        var before = await DigestAsync();
        _api.AddClusterRole("other", ReadSecrets, label: "to-elsewhere");
        Assert.Equal(before, await DigestAsync());
        _api.AddClusterRole("part", ReadSecrets, label: "to-middle");
        var resolved = (await Roles.ResolveAsync("dev", View, [], default))!;
        Assert.Equal(["middle", "part"], resolved.From);
        Assert.Contains("secrets", resolved.Rules.SelectMany(rule => rule.Resources));
        Assert.NotEqual(before, resolved.Digest);
    }

    [Fact]
    public async Task Resolve_RolesThatAggregateEachOther_Ends()
    {
        _api.AddClusterRole("view", Read, label: "a", aggregates: "b");
        _api.AddClusterRole("other", ReadSecrets, label: "b", aggregates: "a");
        Assert.Equal(["other"], (await Roles.ResolveAsync("dev", View, [], default))!.From);
    }

    [Fact]
    public async Task Resolve_NothingChanged_OneCallAndTheSameObject()
    {
        _api.AddClusterRole("view", Read);
        var first = await Roles.ResolveAsync("dev", View, [], default);
        var calls = _calls;
        Assert.Same(first, await Roles.ResolveAsync("dev", View, [], default));
        Assert.Equal(calls + 1, _calls);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Resolve_ApiServerRefuses_Unknown(int status)
    {
        _api.AddClusterRole("view", Read);
        _api.Fault = _ => status;
        Assert.Null(await DigestAsync());
        Assert.Null(await States.OfAsync("dev", default));
    }

    [Fact]
    public async Task Resolve_PartsMayNotBeListed_Unknown()
    {
        _api.AddClusterRole("view", Read, aggregates: "to-view");
        _api.Fault = request => request.Path.Value!.EndsWith("/clusterroles", StringComparison.Ordinal) ? 403 : null;
        Assert.Null(await DigestAsync());
    }

    [Fact]
    public async Task Resolve_NoSuchRoleOrCluster_Unknown()
    {
        Assert.Null(await DigestAsync());
        Assert.Null(await Roles.DigestAsync("elsewhere", View, [], default));
        Assert.Null(await States.OfAsync("elsewhere", default));
    }

    [Fact]
    public async Task Resolve_RoleOfTheNamespaces_IsReadInEach()
    {
        var operate = new RoleTarget("", "operate");
        _api.AddRole("a", "operate", Read);
        Assert.Null(await Roles.ResolveAsync("dev", operate, ["a", "b"], default));
        Assert.Null(await Roles.ResolveAsync("dev", operate, [], default));
        _api.AddRole("b", "operate", ReadSecrets);
        var resolved = (await Roles.ResolveAsync("dev", operate, ["a", "b"], default))!;
        Assert.Contains("secrets", resolved.Rules.SelectMany(rule => rule.Resources));
        Assert.Empty(resolved.From);
        Assert.NotEqual(resolved.Digest, await Roles.DigestAsync("dev", operate, ["a"], default));
    }

    [Fact]
    public async Task Resolve_RulesOfItsOwn_AskNoCluster()
    {
        var own = new RoleTarget("", RulesText: RoleRule.ToText([new RoleRule([""], ["pods"], [], ["get", "get"], [])]));
        _api.Fault = _ => 500;
        var rule = Assert.Single((await Roles.ResolveAsync("dev", own, ["a"], default))!.Rules);
        Assert.Equal(["get"], rule.Verbs);
        Assert.Equal(0, _calls);
    }

    [Fact]
    public async Task State_MoreThanAPage_IsReadWhole()
    {
        for (var i = 0; i < Pages.Size + 1; i++)
            _api.AddClusterRole($"role-{i}", Read);
        Assert.Equal(Pages.Size + 1, (await States.OfAsync("dev", default))!.Roles.Count);
    }

    [Fact]
    public async Task State_AskedManyTimesAtOnce_ReadOnceAndAgainWhenOld()
    {
        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => States.OfAsync("dev", default)));
        Assert.Single(first.Distinct());
        Assert.Equal(5, _calls);
        _gateway.Clock.Advance(RbacStates.MaxAge);
        Assert.NotSame(first[0], await States.OfAsync("dev", default));
    }

    [Fact]
    public async Task State_FailedOnce_IsAskedAgainAtOnce()
    {
        _api.Fault = _ => 500;
        Assert.Null(await States.OfAsync("dev", default));
        _api.Fault = _ => null;
        Assert.NotNull(await States.OfAsync("dev", default));
    }

    private static RoleTarget View => new("view");

    private RbacStates States => _gateway.Services.GetRequiredService<RbacStates>();

    private Task<string?> DigestAsync() => _gateway.Services.GetRequiredService<IRoleRules>().DigestAsync("dev", View, [], default);
}
