namespace AccessGateway.Kubectl.Tests.Clusters;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class PostureTests
{
    private const string Draft = "# draft\n---\nkind: AccessPolicy\n";

    [Fact]
    public async Task Posture_Table_WorstFirstAndTheHarmlessCounted()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/posture", View(fixture.Time.GetUtcNow()), GatewayJson.Default.PostureView);

        var result = await fixture.RunAsync("posture", "dev");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"critical\s+Group\s+platform\\u\{1B\}\s+ClusterRole cluster-admin\s+cluster\s+could be\s+everything,escalate,bind \+1", result.Out);
        Assert.Contains("2 more are harmless or the cluster's own parts", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("node-controller", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"high\s+No secrets in ConfigMaps: found\.", result.Out);
        Assert.Contains("shop: ConfigMap settings: key tls.key: a private key in PEM", result.Out, StringComparison.Ordinal);
        Assert.Contains("--policy-draft", result.Out, StringComparison.Ordinal);
        Assert.Contains("node-controller", (await fixture.RunAsync("posture", "dev", "--all")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posture_Json_IsTheAnswer()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/posture", View(fixture.Time.GetUtcNow()), GatewayJson.Default.PostureView);
        using var json = JsonDocument.Parse((await fixture.RunAsync("posture", "dev", "-o", "json")).Out);
        Assert.Equal(("critical", 3), (json.RootElement.GetProperty("risk").GetString(), json.RootElement.GetProperty("standing").GetArrayLength()));
        Assert.Contains("risk: critical", (await fixture.RunAsync("posture", "dev", "-o", "yaml")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyDraft_ThereIsOne_OnlyItOnStdout()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/posture", View(fixture.Time.GetUtcNow()), GatewayJson.Default.PostureView);
        var result = await fixture.RunAsync("posture", "dev", "--policy-draft");
        Assert.Equal((0, Draft, ""), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task PolicyDraft_NoneOrUnknown_StdoutEmpty()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/posture", View(fixture.Time.GetUtcNow()) with { PolicyDraft = null }, GatewayJson.Default.PostureView);
        var none = await fixture.RunAsync("posture", "dev", "--policy-draft");
        Assert.Equal((0, ""), (none.ExitCode, none.Out));
        fixture.Gateway.On("GET /clusters/dev/posture", View(fixture.Time.GetUtcNow()) with { PolicyDraft = null, Problem = "The roles could not be read." }, GatewayJson.Default.PostureView);
        var unknown = await fixture.RunAsync("posture", "dev", "--policy-draft");
        Assert.Equal((1, ""), (unknown.ExitCode, unknown.Out));
    }

    [Fact]
    public async Task Posture_NoName_IsRefusedBeforeAnyCall()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Assert.Equal(2, (await fixture.RunAsync("posture", "../x")).ExitCode);
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Path.StartsWith("/api/", StringComparison.Ordinal));
    }

    private static PostureView View(DateTimeOffset now) => new(
        "dev", now, RiskLevel.Critical, null,
        [
            Held("Group", "platform\x1b", null, StandingOrigin.People, "cluster-admin", RiskLevel.Critical, JustInTimeFit.Policy, "everything", "escalate", "bind", "impersonate"),
            Held("User", "reader", null, StandingOrigin.People, "view", RiskLevel.Low, JustInTimeFit.None),
            Held("ServiceAccount", "node-controller", "kube-system", StandingOrigin.System, "system:controller:node-controller", RiskLevel.High, JustInTimeFit.None, "nodes"),
        ],
        3, 0,
        [new HardeningCheckView("secrets-in-configmaps", "No secrets in ConfigMaps", CheckState.Found, RiskLevel.High, "found.", [new("shop", "ConfigMap settings", "key tls.key: a private key in PEM")], 1)],
        Draft);

    private static StandingAccessView Held(string kind, string name, string? place, StandingOrigin origin, string role, RiskLevel risk, JustInTimeFit fit, params string[] dangers) =>
        new(kind, name, place, origin, $"ClusterRole {role}", RoleScope.Cluster, [], 0, ["clusterrolebinding/b"], 1, risk, dangers, [], null, fit);
}
