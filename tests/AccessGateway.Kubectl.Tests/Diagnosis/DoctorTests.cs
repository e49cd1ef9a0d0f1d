namespace AccessGateway.Kubectl.Tests.Diagnosis;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_AllGood_Ends0()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain("failed", result.Out, StringComparison.Ordinal);
        Assert.Equal(["CHECK", "config", "server", "clock", "login", "kubectl", "plugin"], FirstWords(result.Out));
    }

    [Fact]
    public async Task Doctor_ClockWrong_SaysByHowMuch()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 1 check failed\n"), (result.ExitCode, result.Error));
        Assert.Matches(@"clock +failed +(299|30\d)s ahead of the server's", result.Out);
    }

    [Fact]
    public async Task Doctor_NothingThere_ChecksTheRestAnyway()
    {
        await using var fixture = await PluginFixture.StartAsync();
        fixture.Variables["PATH"] = fixture.Home;

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 3 checks failed\n"), (result.ExitCode, result.Error));
        Assert.Equal(["CHECK", "config", "kubectl", "plugin"], FirstWords(result.Out));
    }

    [Fact]
    public async Task Doctor_OfAnAdministrator_TellsWhatTheGatewayFoundAtEveryCluster()
    {
        await using var fixture = await AdministratorAsync();
        fixture.Gateway.On("GET /clusters", new Page<ClusterView>([Cluster("dev"), Cluster("prod")], null), GatewayJson.Default.PageClusterView);
        fixture.Gateway.On("GET /clusters/dev/checks", Checks("dev", CheckOutcome.Ok), GatewayJson.Default.ClusterChecksView);
        fixture.Gateway.On("GET /clusters/prod/checks", Checks("prod", CheckOutcome.Failed), GatewayJson.Default.ClusterChecksView);

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 1 check failed\n"), (result.ExitCode, result.Error));
        Assert.Matches(@"dev +rights +ok +all there\n", result.Out);
        Assert.Matches(@"prod +rights +failed +2 are missing\\u\{1B\}\[2J\n", result.Out);
        Assert.Contains("prod, rights:\n  - create clusterrolebindings\n  apply them\n", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_OneClusterAsJson_OnlyThatOne()
    {
        await using var fixture = await AdministratorAsync();
        fixture.Gateway.On("GET /clusters/dev/checks", Checks("dev", CheckOutcome.Warning), GatewayJson.Default.ClusterChecksView);

        var result = await fixture.RunAsync("doctor", "--cluster", "dev", "-o", "json");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var json = JsonDocument.Parse(result.Out);
        var cluster = Assert.Single(json.RootElement.GetProperty("clusters").EnumerateArray());
        Assert.Equal("warning", cluster.GetProperty("outcome").GetString());
        Assert.Equal("rights", cluster.GetProperty("checks")[0].GetProperty("check").GetString());
    }

    /// <summary>Who may not have it look is told so where they name one, and not bothered where they do not.</summary>
    [Fact]
    public async Task Doctor_ClusterThatMayNotBeLookedAt_FailsAndTellsTheRest()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);
        fixture.Gateway.On("GET /clusters/dev/checks", _ => Reply.Problem(403, ProblemCodes.Forbidden, "Clusters are looked at by administrators"));

        var result = await fixture.RunAsync("doctor", "--cluster", "dev");

        Assert.Equal((1, "error: 1 check failed\n"), (result.ExitCode, result.Error));
        Assert.Matches(@"clusters +failed +dev: Clusters are looked at by administrators", result.Out);
        Assert.Matches("login +ok", result.Out);
    }

    /// <summary>One that the gateway cannot look at, taken out a moment ago for example, keeps no other from being told of.</summary>
    [Fact]
    public async Task Doctor_OneClusterFails_TheOthersAreTold()
    {
        await using var fixture = await AdministratorAsync();
        fixture.Gateway.On("GET /clusters", new Page<ClusterView>([Cluster("dev"), Cluster("prod")], null), GatewayJson.Default.PageClusterView);
        fixture.Gateway.On("GET /clusters/dev/checks", _ => Reply.Problem(404, ProblemCodes.NotFound, "No cluster 'dev' is registered."));
        fixture.Gateway.On("GET /clusters/prod/checks", Checks("prod", CheckOutcome.Ok), GatewayJson.Default.ClusterChecksView);

        var result = await fixture.RunAsync("doctor");

        Assert.Equal((1, "error: 1 check failed\n"), (result.ExitCode, result.Error));
        Assert.Matches(@"clusters +failed +dev: No cluster 'dev'", result.Out);
        Assert.Matches(@"prod +rights +ok +all there\n", result.Out);
    }

    [Fact]
    public async Task Doctor_ClusterThatIsNoName_BadUsage()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Assert.Equal(2, (await fixture.RunAsync("doctor", "--cluster", "../x")).ExitCode);
    }

    private static async Task<PluginFixture> AdministratorAsync()
    {
        var fixture = await PluginFixture.SignedInAsync();
        Install(fixture);
        fixture.Gateway.On("GET /me", new Me("bob", ["administrators"], Administrator: true), GatewayJson.Default.Me);
        return fixture;
    }

    private static ClusterView Cluster(string name) => new(name, $"https://{name}.example:6443", new Dictionary<string, string>(), true);

    private static ClusterChecksView Checks(string cluster, CheckOutcome outcome) => new(cluster, outcome, DateTimeOffset.UnixEpoch,
    [
        outcome == CheckOutcome.Failed
            ? new ClusterCheckView(ClusterCheckNames.Rights, outcome, "2 are missing\u001b[2J", "apply them", ["create clusterrolebindings"])
            : new ClusterCheckView(ClusterCheckNames.Rights, outcome, "all there", null, []),
    ]);

    private static void Install(PluginFixture fixture)
    {
        foreach (var name in new[] { "kubectl", "kubectl-access" })
        {
            var path = Path.Combine(fixture.Home, name);
            File.WriteAllText(path, "");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        fixture.Variables["PATH"] = fixture.Home;
    }

    private static IEnumerable<string> FirstWords(string table) =>
        table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]);
}
