namespace AccessGateway.EndToEnd;

using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

/// <summary>`demo.sh --kubeconfig F`: in front of a cluster that was there before and whose API server gets no new flag.</summary>
public sealed partial class ExistingClusterTests : IAsyncLifetime
{
    private readonly string _cluster = Path.Combine(Path.GetTempPath(), "existing");
    private readonly string _state = Path.Combine(Path.GetTempPath(), "demo-existing");

    private string Kubeconfig => Path.Combine(_cluster, "admin.kubeconfig");

    public async ValueTask InitializeAsync()
    {
        (await ClusterAsync("up")).Succeeded();
        await Demo.UsePublishedAsync(_state, Kubeconfig);
    }

    public async ValueTask DisposeAsync()
    {
        await DemoAsync("down");
        (await ClusterAsync("down")).Succeeded();
        Directory.Delete(_cluster, recursive: true);
    }

    [Fact]
    public async Task Up_ExistingCluster_AccessThroughItsOwnSignerAndNothingLeftAfterDown()
    {
        var port = Demo.FreePort();
        var output = (await DemoAsync("up", "--kubeconfig", Kubeconfig, "--port", $"{port}")).Succeeded();
        var (portal, authority) = (new Uri($"https://localhost:{port}"), Path.Combine(_state, "data", "tls", "ca.crt"));
        var link = Links().Matches(output).Select(match => match.Value).Last();
        Assert.Contains("kubernetesCsr", await File.ReadAllTextAsync(Path.Combine(_state, "config", "cluster.yaml")), StringComparison.Ordinal);
        await GatewayIsNoClusterAdminAsync();

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await StoryTests.LaunchAsync(playwright);
        await using var alice = await Person.CreateAsync("alice", Path.Combine(_state, "bin"), browser, portal, Path.Combine(_state, "home-alice"));
        await alice.EnrolAsync(link);
        await alice.SignInAsync();
        await alice.LoginInBrowserAsync(authority);
        (await alice.KubectlAsync("access", "request", "dev", "viewer", "--for", "15m", "--reason", "a look around", "--use", "--totp", await alice.NextCodeAsync())).Succeeded();
        var context = (await alice.KubectlAsync("config", "get-contexts", "-o", "name")).Succeeded().Trim();
        (await alice.KubectlAsync("--context", context, "get", "pods", "--all-namespaces")).Succeeded();
        Assert.Contains("Forbidden", (await alice.KubectlAsync("--context", context, "get", "secrets", "--all-namespaces")).Errors, StringComparison.Ordinal);

        using var grants = JsonDocument.Parse((await alice.KubectlAsync("access", "grants", "-o", "json")).Succeeded());
        var grant = Grants().Match(grants.RootElement.ToString()).Value;
        (await alice.KubectlAsync("access", "end", grant)).Succeeded();
        Assert.NotEqual(0, (await alice.KubectlAsync("--context", context, "get", "pods", "--all-namespaces")).ExitCode);

        (await DemoAsync("down")).Succeeded();
        Assert.False(Directory.Exists(_state));
        var left = (await AdminAsync("get", "clusterrolebindings,clusterroles,namespaces,certificatesigningrequests", "-o", "name")).Succeeded();
        Assert.DoesNotContain("access-gateway", left, StringComparison.Ordinal);
        Assert.DoesNotContain("jit-", left, StringComparison.Ordinal);
    }

    /// <summary>What the gateway can do in the cluster is what its manifest says: no secrets, no pods, no escalation.</summary>
    private async Task GatewayIsNoClusterAdminAsync()
    {
        foreach (var (verb, resource) in new[] { ("get", "secrets"), ("create", "pods"), ("escalate", "clusterroles"), ("impersonate", "users"), ("*", "*") })
        {
            var answer = await AdminAsync("auth", "can-i", verb, resource, "--as", "system:serviceaccount:access-gateway:access-gateway", "--all-namespaces");
            Assert.Equal("no", answer.Output.Trim());
        }
    }

    private Task<Finished> AdminAsync(params string[] arguments) => Run.ToEndAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments]);

    private Task<Finished> DemoAsync(string action, params string[] arguments) => Run.ToEndAsync("bash", [Path.Combine(Demo.Root, "deploy", "demo.sh"), action, "--dir", _state, .. arguments]);

    private Task<Finished> ClusterAsync(string action) => Run.ToEndAsync(
        "bash", [Path.Combine(Demo.Root, "deploy", "dev-cluster", "cluster.sh"), action, _cluster], new Dictionary<string, string> { ["PORT"] = "17443" });

    [GeneratedRegex(@"https://localhost:\d+/enrol/\S+")]
    private static partial Regex Links();

    [GeneratedRegex("gr-[0-9a-z]{13}")]
    private static partial Regex Grants();
}
