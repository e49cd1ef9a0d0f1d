namespace AccessGateway.Kubectl.Tests.CommandLine;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("request requests :4", "req")]
    [InlineData("table wide json yaml name :4", "grants", "-o", "")]
    [InlineData("pending :4", "requests", "--state", "p")]
    [InlineData("active :4", "grants", "--state", "a")]
    [InlineData("--set-current :4", "use", "--s")]
    [InlineData("dev :4", "request", "")]
    [InlineData("dev :4", "--totp", "123456", "roles", "d")]
    [InlineData("admin :4", "request", "dev", "")]
    [InlineData("admin :4", "request", "--wait", "--for", "10m", "dev", "a")]
    [InlineData(":4", "request", "dev", "admin", "")]
    [InlineData(":4", "request", "../x", "")]
    [InlineData("gr-0123456789abc :4", "use", "gr-")]
    [InlineData("gr-0123456789abc :4", "credential", "--grant", "")]
    [InlineData("ar-0123456789abc :4", "approve", "")]
    [InlineData(":4", "version", "")]
    public async Task Complete_Words_OffersWhatFits(string expected, params string[] words)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters", new Page<ClusterView>([new("dev", "https://x", new Dictionary<string, string>(), true)], null), GatewayJson.Default.PageClusterView);
        fixture.Gateway.On(
            "GET /clusters/dev/role-offers",
            new Page<RoleOfferView>([new("admin", "cluster-admin", RoleScope.Cluster, [], "1h", "30m", 2, true)], null),
            GatewayJson.Default.PageRoleOfferView);
        fixture.Gateway.On("GET /grants", new Page<GrantView>([Views.Grant(fixture.Time)], null), GatewayJson.Default.PageGrantView);
        fixture.Gateway.On("GET /access-requests", new Page<AccessRequestView>([Views.AccessRequest(fixture.Time)], null), GatewayJson.Default.PageAccessRequestView);

        var result = await fixture.RunAsync(["__complete", .. words]);

        Assert.Equal((0, expected.Replace(' ', '\n') + "\n", ""), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Complete_NotSignedIn_IsSilent()
    {
        await using var fixture = await PluginFixture.StartAsync();

        Assert.Equal(new RunResult(0, ":4\n", ""), await fixture.RunAsync("__complete", "use", ""));
    }

    [Fact]
    public async Task Complete_GatewayTooSlow_IsSilent()
    {
        await using var fixture = await PluginFixture.SignedInAsync(skipWaits: true);
        fixture.Gateway.Slowness = TimeSpan.FromSeconds(5);

        Assert.Equal(new RunResult(0, ":4\n", ""), await fixture.RunAsync("__complete", "use", ""));
        Assert.Equal([3], fixture.Time.Waits.Select(wait => wait.TotalSeconds));
    }
}
