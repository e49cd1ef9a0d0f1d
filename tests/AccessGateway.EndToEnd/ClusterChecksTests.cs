namespace AccessGateway.EndToEnd;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>The published server looks at a real cluster: under the least rights everything is well, and each fault is told.</summary>
[Collection(nameof(DemoTests))]
public sealed class ClusterChecksTests(Demo demo) : IAsyncLifetime
{
    private const string Name = "checks-test";
    private const string ImportedCa = "{localCa: {certificate: ca.crt, key: ca.key}}";

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-checks-").FullName;
    private string _config = "";
    private string _manifest = "";

    public async ValueTask InitializeAsync()
    {
        _config = await demo.WriteConfigurationAsync(_data, ImportedCa);
        _manifest = Path.Combine(_data, "rights.yaml");
        await File.WriteAllTextAsync(_manifest, (await ServerAsync("config", "rbac", "dev", "--service-account", $"{Name}/gateway")).Succeeded());
        (await demo.AdminKubectlAsync("apply", "-f", _manifest)).Succeeded();
        await UseTokenOfAsync(Name, "gateway");
    }

    public async ValueTask DisposeAsync()
    {
        (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "-f", _manifest)).Succeeded();
        (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "clusterrolebinding", $"{Name}-more")).Succeeded();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Check_LeastRights_EverythingIsWell()
    {
        var (exitCode, checks) = await CheckAsync();
        // Of the demo's own gateway there may be bindings at this moment.
        Assert.All(checks.Checks.Where(check => check.Check != ClusterCheckNames.Leftovers), check => Assert.True(check.Outcome == CheckOutcome.Ok, check.ToString()));
        Assert.Equal($"system:serviceaccount:{Name}:gateway", Find(checks, ClusterCheckNames.Identity).Found);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Check_RightTakenAway_ToldAndGivenBackByTheManifest()
    {
        (await demo.AdminKubectlAsync("patch", "clusterrole", Name, "--type=json", "-p", """[{"op":"remove","path":"/rules/0"}]""")).Succeeded();
        var lacking = await EventuallyAsync(ClusterCheckNames.Rights, CheckOutcome.Failed);
        Assert.Contains(lacking.Details, detail => detail.Contains("clusterrolebindings.rbac.authorization.k8s.io", StringComparison.Ordinal));
        (await demo.AdminKubectlAsync("apply", "-f", _manifest)).Succeeded();
        await EventuallyAsync(ClusterCheckNames.Rights, CheckOutcome.Ok);
    }

    [Fact]
    public async Task Check_ClusterAdmin_ExcessIsTold()
    {
        (await demo.AdminKubectlAsync("create", "clusterrolebinding", $"{Name}-more", "--clusterrole", "cluster-admin", "--serviceaccount", $"{Name}:gateway")).Succeeded();
        var excess = await EventuallyAsync(ClusterCheckNames.ExcessRights, CheckOutcome.Failed);
        Assert.Contains("* *.*", excess.Details);
        Assert.Equal(CheckOutcome.Ok, Find((await CheckAsync()).Checks, ClusterCheckNames.Rights).Outcome);
    }

    [Fact]
    public async Task Check_CaThatTheApiServerDoesNotTrust_Failed()
    {
        await ReplaceAsync(ImportedCa, "{localCa: {}}");
        (await ServerAsync("ca", "init", "dev")).Succeeded();
        var (exitCode, checks) = await CheckAsync();
        Assert.Contains("does not trust this CA", Find(checks, ClusterCheckNames.Signer).Found, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    /// <summary>Of the cluster's own signer nothing is asked, unless somebody wants to know.</summary>
    [Fact]
    public async Task Check_TheClusterSigns_OnlyWhereAsked()
    {
        await ReplaceAsync(ImportedCa, "{kubernetesCsr: {}}");
        await File.WriteAllTextAsync(_manifest, (await ServerAsync("config", "rbac", "dev", "--service-account", $"{Name}/gateway")).Succeeded());
        (await demo.AdminKubectlAsync("apply", "-f", _manifest)).Succeeded();
        await EventuallyAsync(ClusterCheckNames.Rights, CheckOutcome.Ok);
        Assert.Equal(CheckOutcome.Unknown, Find((await CheckAsync()).Checks, ClusterCheckNames.Signer).Outcome);
        Assert.Equal("the cluster signs, and accepts what it signed", Find((await CheckAsync("--issue")).Checks, ClusterCheckNames.Signer).Found);
    }

    /// <summary>The API server's own informers see a change of RBAC a moment later.</summary>
    private async Task<ClusterCheckView> EventuallyAsync(string check, CheckOutcome expected)
    {
        ClusterCheckView? found = null;
        await Eventually.TrueAsync(async () => (found = Find((await CheckAsync()).Checks, check)).Outcome == expected, TimeSpan.FromSeconds(30), $"{check} to be {expected}");
        return found!;
    }

    private async Task<(int ExitCode, ClusterChecksView Checks)> CheckAsync(params string[] more)
    {
        var finished = await ServerAsync(["clusters", "check", "dev", "-o", "json", .. more]);
        return (finished.ExitCode, Assert.Single(JsonSerializer.Deserialize(finished.Output, GatewayJson.Default.ListClusterChecksView)!));
    }

    private static ClusterCheckView Find(ClusterChecksView checks, string check) => checks.Checks.Single(found => found.Check == check);

    private Task<Finished> ServerAsync(params string[] arguments) => Run.ToEndAsync(
        demo.Server, [.. arguments, "--config", _config, "--data", Path.Combine(_data, "data")], new Dictionary<string, string> { ["ACCESSGATEWAY__Gateway__Name"] = Name });

    private async Task ReplaceAsync(string before, string after)
    {
        var documents = Path.Combine(_config, "documents.yaml");
        await File.WriteAllTextAsync(documents, (await File.ReadAllTextAsync(documents)).Replace(before, after, StringComparison.Ordinal));
    }

    private async Task UseTokenOfAsync(string place, string account)
    {
        var request = Path.Combine(_data, "token.json");
        await File.WriteAllTextAsync(request, """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}""");
        using var json = JsonDocument.Parse((await demo.AdminKubectlAsync("create", "--raw", $"/api/v1/namespaces/{place}/serviceaccounts/{account}/token", "-f", request)).Succeeded());
        await File.WriteAllTextAsync(Path.Combine(_config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig.Replace("fake-token", json.RootElement.GetProperty("status").GetProperty("token").GetString()!, StringComparison.Ordinal));
    }
}
