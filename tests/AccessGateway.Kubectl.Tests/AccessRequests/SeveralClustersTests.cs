namespace AccessGateway.Kubectl.Tests.AccessRequests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Kubeconfig;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class SeveralClustersTests
{
    private const string One = $"/access-requests/{PluginFixture.Request}";
    private const string OnProd = "gr-prod456789abc";

    [Fact]
    public async Task Request_TwoClusters_SentAsAList()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("POST /access-requests", ForBoth(fixture), GatewayJson.Default.AccessRequestView, 201);

        var result = await fixture.RunAsync("request", "dev,prod", "admin", "--for", "10m", "--reason", "disk full");

        Assert.Equal((0, $"{PluginFixture.Request} waits for 1 approval\n"), (result.ExitCode, result.Out));
        Assert.Equal("""{"clusters":["dev","prod"],"role":"admin","duration":"10m","reason":"disk full"}""", fixture.Gateway.Calls[^1].Body);
    }

    [Theory]
    [InlineData("dev,")]
    [InlineData(",dev")]
    [InlineData("dev,dev")]
    [InlineData("dev,../x")]
    [InlineData("dev prod")]
    public async Task Request_NoListOfClusters_BadUsageBeforeAnyCall(string clusters)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Assert.Equal(2, (await fixture.RunAsync("request", clusters, "admin")).ExitCode);
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Method == "POST" && call.Path.StartsWith("/api/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_TableAndDetail_NameEveryCluster()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /access-requests", new Page<AccessRequestView>([ForBoth(fixture)], null), GatewayJson.Default.PageAccessRequestView);
        fixture.Gateway.On("GET " + One, Activated(fixture), GatewayJson.Default.AccessRequestView);
        fixture.Gateway.On($"GET {One}/comments", new Page<CommentView>([], null), GatewayJson.Default.PageCommentView);

        Assert.Matches(@"ada\s+dev,prod\s+admin", (await fixture.RunAsync("requests")).Out);
        var detail = (await fixture.RunAsync("requests", PluginFixture.Request)).Out;
        Assert.Matches(@"Clusters:\s+dev, prod\n", detail);
        Assert.Matches(@"Risk:\s+critical on prod, low on dev\n", detail);
        Assert.Matches($@"Grants:\s+{PluginFixture.Grant} on dev, {OnProd} on prod\n", detail);
    }

    [Fact]
    public async Task Approve_Several_ShowsAllOfThemFirst()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET " + One, ForBoth(fixture), GatewayJson.Default.AccessRequestView);
        fixture.Gateway.OnAfterStepUp($"POST {One}/reviews", StepUpActions.Review(PluginFixture.Request), _ => Reply.Json(
            ForBoth(fixture) with { State = AccessRequestState.Approved }, GatewayJson.Default.AccessRequestView, 201));

        var result = await fixture.RunAsync("approve", PluginFixture.Request, "--totp", FakeStepUp.GoodCode);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"Clusters:\s+dev, prod\n", result.Error);
        Assert.Matches(@"Risk:\s+critical on prod, low on dev\n", result.Error);
    }

    [Fact]
    public async Task Activate_Several_PrintsEachGrant()
    {
        await using var fixture = await ActivatableAsync();

        var result = await fixture.RunAsync("activate", PluginFixture.Request, "--totp", FakeStepUp.GoodCode);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"Grant {PluginFixture.Grant} on dev ends ", result.Out, StringComparison.Ordinal);
        Assert.Contains($"Grant {OnProd} on prod ends ", result.Out, StringComparison.Ordinal);
        Assert.Contains($"kubectl access use {OnProd}\n", result.Out, StringComparison.Ordinal);
        Assert.Equal($"grant/{PluginFixture.Grant}\ngrant/{OnProd}\n", (await fixture.RunAsync("activate", PluginFixture.Request, "--totp", FakeStepUp.GoodCode, "-o", "name")).Out);
        using var json = JsonDocument.Parse((await fixture.RunAsync("activate", PluginFixture.Request, "--totp", FakeStepUp.GoodCode, "-o", "json")).Out);
        Assert.Equal(["dev", "prod"], json.RootElement.GetProperty("items").EnumerateArray().Select(grant => grant.GetProperty("cluster").GetString()));
    }

    /// <summary>From asking to two contexts in one command; a cluster whose credential cannot be had keeps nobody from the other.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestUse_Several_AContextForEach(bool devWorks)
    {
        await using var fixture = await ActivatableAsync();
        Assert.SkipWhen(Programs.Find("kubectl", fixture.Variables.GetValueOrDefault) is null, "needs kubectl");
        fixture.Gateway.On("POST /access-requests", ForBoth(fixture) with { State = AccessRequestState.Approved }, GatewayJson.Default.AccessRequestView, 201);
        if (!devWorks)
            fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/credential", _ => Reply.Json(new Problem { Title = "x", Status = 502, Code = ProblemCodes.ClusterFailed, Detail = "The cluster does not answer." }, GatewayJson.Default.Problem, 502));

        var result = await fixture.RunAsync("request", "dev,prod", "admin", "--wait", "--use", "--totp", FakeStepUp.GoodCode);

        var config = await File.ReadAllTextAsync(fixture.Variables["KUBECONFIG"]!, TestContext.Current.CancellationToken);
        Assert.Contains($"name: prod-{OnProd}", config, StringComparison.Ordinal);
        Assert.Equal(devWorks, config.Contains($"name: dev-{PluginFixture.Grant}", StringComparison.Ordinal));
        Assert.Equal(devWorks ? 0 : 1, result.ExitCode);
        if (!devWorks)
            Assert.Contains($"no context for {PluginFixture.Grant} on dev: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_AfterAComma_TheOtherClustersAndTheRolesOfAll()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters", new Page<ClusterView>([.. new[] { "dev", "prod", "qa" }.Select(name => new ClusterView(name, "https://x", new Dictionary<string, string>(), null))], null), GatewayJson.Default.PageClusterView);
        fixture.Gateway.On("GET /clusters/dev/role-offers", Offers("admin", "viewer"), GatewayJson.Default.PageRoleOfferView);
        fixture.Gateway.On("GET /clusters/prod/role-offers", Offers("viewer"), GatewayJson.Default.PageRoleOfferView);

        Assert.Equal("dev,prod\ndev,qa\n:4\n", (await fixture.RunAsync("__complete", "request", "dev,")).Out);
        Assert.Equal("viewer\n:4\n", (await fixture.RunAsync("__complete", "request", "dev,prod", "")).Out);

        static Page<RoleOfferView> Offers(params string[] roles) => new([.. roles.Select(role => new RoleOfferView(role, "view", RoleScope.Cluster, [], "1h", "1h", 0, false))], null);
    }

    private static AccessRequestView ForBoth(PluginFixture fixture) =>
        Views.AccessRequest(fixture.Time) with { Clusters = [new("dev", RiskLevel.Low, null, null), new("prod", RiskLevel.Critical, null, null)] };

    private static AccessRequestView Activated(PluginFixture fixture) => ForBoth(fixture) with
    {
        State = AccessRequestState.Approved,
        ActivatedAt = fixture.Time.GetUtcNow(),
        Clusters = [new("dev", RiskLevel.Low, null, PluginFixture.Grant), new("prod", RiskLevel.Critical, null, OnProd)],
    };

    private static async Task<PluginFixture> ActivatableAsync()
    {
        var fixture = await PluginFixture.SignedInAsync(skipWaits: true);
        GrantView[] grants = [Views.Grant(fixture.Time), Views.Grant(fixture.Time) with { Id = OnProd, Cluster = "prod" }];
        fixture.Gateway.OnAfterStepUp($"POST {One}/activate", StepUpActions.Activate(PluginFixture.Request), _ => Reply.Json(new Page<GrantView>(grants, null), GatewayJson.Default.PageGrantView, 201));
        foreach (var grant in grants)
        {
            fixture.Gateway.On($"GET /grants/{grant.Id}", grant, GatewayJson.Default.GrantView);
            fixture.Gateway.On(
                $"POST /grants/{grant.Id}/credential", new CredentialResponse("LEAF", fixture.Time.GetUtcNow().AddMinutes(10), "https://127.0.0.1:6443", fixture.Ca.Pem), GatewayJson.Default.CredentialResponse);
        }

        return fixture;
    }
}
