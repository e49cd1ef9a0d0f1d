namespace AccessGateway.Kubectl.Tests.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class NamespacePatternTests
{
    [Fact]
    public async Task Request_Pattern_SentAsItIs()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("POST /access-requests", Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView, 201);
        Assert.Equal(0, (await fixture.RunAsync("request", "dev", "deployer", "--namespace", "team-a-*", "-n", "team-?")).ExitCode);
        Assert.Equal("""{"cluster":"dev","role":"deployer","namespaces":["team-a-*","team-?"]}""", fixture.Gateway.Calls[^1].Body);
    }

    [Theory]
    [InlineData("Team-*")]
    [InlineData("team-[ab]")]
    [InlineData("team-*,other")]
    [InlineData("-team")]
    public async Task Request_NoPattern_BadUsageBeforeAnyCall(string pattern)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Assert.Equal(2, (await fixture.RunAsync("request", "dev", "deployer", "--namespace", pattern)).ExitCode);
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Method == "POST" && call.Path.StartsWith("/api/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Roles_Pattern_SaysWhatItMatchesNow()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/role-offers/deployer/blast-radius", Views.BlastRadius(fixture.Time) with { MatchedNamespaces = ["team-a", "team-b"], MatchedTotal = 40 }, GatewayJson.Default.BlastRadiusView);
        var result = await fixture.RunAsync("roles", "dev", "deployer", "-n", "team-?*");
        Assert.Matches(@"Matches now:\s+team-a, team-b and 38 more\n", result.Out);
        Assert.Equal("?namespaces=team-%3F%2A", fixture.Gateway.Calls.Single(call => call.Path.EndsWith("blast-radius", StringComparison.Ordinal)).Query);
    }

    [Fact]
    public async Task Details_OfRequestAndGrant_SayPatternExceptionsAndMatches()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var request = Views.AccessRequest(fixture.Time) with
        {
            Scope = RoleScope.Namespaces,
            Namespaces = ["team-*"],
            ExceptNamespaces = ["team-secret-*"],
            Clusters = [new("dev", RiskLevel.High, null, null) { MatchedNamespaces = ["team-a"] }],
        };
        var grant = Views.Grant(fixture.Time) with { Scope = RoleScope.Namespaces, Namespaces = ["team-*"], ExceptNamespaces = ["team-secret-*"], MatchedNamespaces = ["team-a", "team-b"], LeftOutNamespaces = 3 };
        fixture.Gateway.On($"GET /access-requests/{PluginFixture.Request}", request, GatewayJson.Default.AccessRequestView);
        fixture.Gateway.On($"GET /access-requests/{PluginFixture.Request}/comments", new Page<CommentView>([], null), GatewayJson.Default.PageCommentView);
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}", grant, GatewayJson.Default.GrantView);
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}/calls", new Page<KubeCallView>([], null), GatewayJson.Default.PageKubeCallView);

        var asked = (await fixture.RunAsync("requests", PluginFixture.Request)).Out;
        Assert.Matches(@"Scope:\s+namespaces team-\*, except team-secret-\*\n", asked);
        Assert.Matches(@"Matched then:\s+team-a\n", asked);
        var held = (await fixture.RunAsync("grants", PluginFixture.Grant)).Out;
        Assert.Matches(@"Matches now:\s+team-a, team-b\n", held);
        Assert.Matches(@"Not bound:\s+3 more match", held);
    }
}
