namespace AccessGateway.EndToEnd;

using System.Net.Http.Json;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Posture;
using AccessGateway.Testing;
using Microsoft.Playwright;
using Xunit;

/// <summary>The posture report of a real API server, read with the rights of <c>config rbac</c> and no more: by the API, the published plugin and the page.</summary>
[Collection(nameof(DemoTests))]
public sealed class PostureTests(Demo demo) : IAsyncLifetime
{
    private const string Name = "posture-test";
    private const string Canary = "canary-MIIEvQIBADANBgkqhkiG9w0B";

    private const string Objects = $$$"""
        {"apiVersion":"v1","kind":"List","items":[
          {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{Name}}}-shop"}},
          {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"{{{Name}}}-admins"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"old-admins"}]},
          {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"{{{Name}}}-secrets"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get","list"]}]},
          {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"deployer","namespace":"{{{Name}}}-shop"}},
          {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"deployer","namespace":"{{{Name}}}-shop"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{{Name}}}-secrets"},"subjects":[{"kind":"ServiceAccount","name":"deployer","namespace":"{{{Name}}}-shop"}]},
          {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"{{{Name}}}-shop"},"data":{"tls.key":"-----BEGIN PRIVATE KEY-----\n{{{Canary}}}\n-----END PRIVATE KEY-----\n","mode":"fast"}},
          {"apiVersion":"v1","kind":"Secret","metadata":{"name":"database","namespace":"{{{Name}}}-shop"},"stringData":{"password":"{{{Canary}}}"}},
          {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"{{{Name}}}-shop"},"spec":{"containers":[
            {"name":"app","image":"example.invalid/app","env":[{"name":"API_TOKEN","value":"{{{Canary}}}"}],"volumeMounts":[{"name":"db","mountPath":"/db"}]},
            {"name":"side","image":"example.invalid/side","env":[{"name":"PASSWORD","valueFrom":{"secretKeyRef":{"name":"database","key":"password"} } }]}],
            "volumes":[{"name":"db","secret":{"secretName":"database"} }]} }]}
        """;

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-posture-").FullName;
    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;
    private TestUser _auditor = null!;

    private string Manifest => Path.Combine(_data, "rights.yaml");

    public async ValueTask InitializeAsync()
    {
        var config = await demo.WriteConfigurationAsync(_data, "{localCa: {certificate: ca.crt, key: ca.key}}");
        var documents = Path.Combine(config, "documents.yaml");
        await File.WriteAllTextAsync(documents, (await File.ReadAllTextAsync(documents)).Replace("  leafLifetime: 10m", "  leafLifetime: 10m\n  posture: {workloads: true}", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Manifest, (await Run.ToEndAsync(
            demo.Server, ["config", "rbac", "dev", "--config", config, "--service-account", $"{Name}/gateway"], new Dictionary<string, string> { ["ACCESSGATEWAY__Gateway__Name"] = Name })).Succeeded());
        await File.WriteAllTextAsync(Path.Combine(_data, "objects.json"), Objects);
        foreach (var manifest in new[] { Manifest, Path.Combine(_data, "objects.json") })
            (await demo.AdminKubectlAsync("apply", "-f", manifest)).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig.Replace("fake-token", await TokenAsync(), StringComparison.Ordinal));
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _gateway = await TestGateway.CreateAsync(database: _database, data: _data, config: config, settings: new Dictionary<string, string?> { ["Gateway:Name"] = Name }, port: Demo.FreePort());
        await _gateway.ListenAsync();
        _auditor = await _gateway.AddUserAsync("audrey", "auditors");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        foreach (var manifest in new[] { Path.Combine(_data, "objects.json"), Manifest })
            (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "-f", manifest)).Succeeded();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Report_OfARealCluster_ByApiPluginAndPage()
    {
        Assert.Equal("no", (await demo.AdminKubectlAsync("auth", "can-i", "list", "secrets", "--as", $"system:serviceaccount:{Name}:gateway")).Output.Trim());
        using var client = await _gateway.SignInAsync(_auditor);
        var view = (await client.GetFromJsonAsync("/api/v1/clusters/dev/posture", GatewayJson.Default.PostureView))!;
        Check(view);
        await CheckDraftAsync(view.PolicyDraft!);

        var home = await LogInPluginAsync(client);
        var environment = new Dictionary<string, string> { ["HOME"] = home, ["XDG_CONFIG_HOME"] = "" };
        var table = (await Run.ToEndAsync(Plugin, ["posture", "dev"], environment)).Succeeded();
        Assert.Matches(@"critical\s+Group\s+old-admins\s+ClusterRole cluster-admin\s+cluster\s+could be\s+everything", table);
        Assert.Contains("ConfigMap settings: key tls.key: a private key in PEM", table, StringComparison.Ordinal);
        Check(JsonSerializer.Deserialize((await Run.ToEndAsync(Plugin, ["posture", "dev", "-o", "json"], environment)).Succeeded(), GatewayJson.Default.PostureView)!);
        Assert.Equal(view.PolicyDraft, (await Run.ToEndAsync(Plugin, ["posture", "dev", "--policy-draft"], environment)).Succeeded());
        Assert.DoesNotContain(Canary, table, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Demo.Kept, "posture.txt"), table);
        await File.WriteAllTextAsync(Path.Combine(Demo.Kept, "posture-draft.yaml"), view.PolicyDraft);
    }

    [Fact]
    public async Task Page_OfARealCluster_Accessible()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await StoryTests.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        await context.SignInAsync(_gateway, _auditor);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(_gateway.Address, "/clusters/dev/posture").ToString());
        var text = await page.InnerTextAsync("main");
        Assert.Contains("old-admins", text, StringComparison.Ordinal);
        Assert.Contains("key tls.key: a private key in PEM", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, await page.ContentAsync(), StringComparison.Ordinal);
        await page.ClickAsync("summary:has-text('Show the draft')");
        Assert.Empty(await page.LookAsync("posture", page.Url));

        await page.FillAsync("#text", "old-admins");
        await page.ClickAsync("button:has-text('Filter')");
        Assert.Equal(1, await page.Locator("table tbody tr").CountAsync());
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#download"));
        Assert.Equal("dev-policies.yaml", download.SuggestedFilename);
    }

    private static void Check(PostureView view)
    {
        Assert.Equal((RiskLevel.Critical, null), (view.Risk, view.Problem));
        var admins = Assert.Single(view.Standing, held => held.Name == "old-admins");
        Assert.Equal((RiskLevel.Critical, StandingOrigin.People, JustInTimeFit.Policy), (admins.Risk, admins.Origin, admins.JustInTime));
        var deployer = Assert.Single(view.Standing, held => held.Name == "deployer");
        Assert.Equal((RiskLevel.High, $"{Name}-shop", "secrets-readable", JustInTimeFit.MachinePolicy), (deployer.Risk, deployer.Namespaces[0], deployer.Dangers[0], deployer.JustInTime));
        var own = Assert.Single(view.Standing, held => held is { Name: "gateway", Namespace: Name });
        Assert.Equal((RiskLevel.Critical, OwnAccess.Note, JustInTimeFit.None), (own.Risk, own.Note, own.JustInTime));
        // What Kubernetes makes for itself is among its own, and nobody else is.
        Assert.All(view.Standing.Where(held => held.Name.StartsWith("system:kube-", StringComparison.Ordinal) || held.Name.EndsWith("-controller", StringComparison.Ordinal)), held => Assert.Equal(StandingOrigin.System, held.Origin));
        Assert.Contains(view.Standing, held => held is { Name: "system:masters", Origin: StandingOrigin.People, Note: not null });
        Assert.All(view.Standing.Where(held => held.Origin == StandingOrigin.Everybody), held => Assert.True(held.Risk > RiskLevel.Low, held.Role));

        Assert.Equal(["Pod web: Secret database: containers app, side"], ItemsOf(view, "shared-secrets"));
        Assert.Equal(["Pod web: variable API_TOKEN of container app: a value under a name like a secret's"], ItemsOf(view, "literals-in-environment"));
        Assert.Equal(["Pod web: container side: database"], ItemsOf(view, "secrets-in-environment"));
        Assert.Equal(["ConfigMap settings: key tls.key: a private key in PEM"], ItemsOf(view, "secrets-in-configmaps"));
        // Kubernetes 1.20 makes a token for every ServiceAccount; the API server of the demo is no pod.
        Assert.Contains(ItemsOf(view, "long-lived-tokens"), item => item.Contains("deployer-token-", StringComparison.Ordinal));
        Assert.All(new[] { "encryption-at-rest", "etcd-tls", "anonymous" }, code => Assert.Equal(CheckState.Unknown, view.Checks.Single(check => check.Code == code).State));
        Assert.DoesNotContain(Canary, JsonSerializer.Serialize(view, GatewayJson.Default.PostureView), StringComparison.Ordinal);
    }

    private static List<string> ItemsOf(PostureView view, string code) =>
        [.. view.Checks.Single(check => check.Code == code).Items.Where(item => item.Namespace == $"{Name}-shop").Select(item => $"{item.Source}: {item.Words}")];

    /// <summary>The draft goes beside the documents that are in use.</summary>
    private async Task CheckDraftAsync(string draft)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_data, "drafted")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_data, "config")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(folder, "draft.yaml"), draft);
        var read = DocumentFolder.Read(folder);
        Assert.Empty(read.Errors);
        Assert.Contains(read.Documents!.Policies, policy => policy.Requesters.Groups.Contains("old-admins") && policy.Roles[0].Target.ClusterRole == "cluster-admin");
        Assert.Contains($"# kubectl delete clusterrolebinding {Name}-admins\n", draft, StringComparison.Ordinal);
    }

    private static string Plugin => Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_PLUGIN") is { Length: > 0 } published
        ? published
        : Path.Combine(Demo.Root, "artifacts", "bin", "AccessGateway.Kubectl", "debug", "kubectl-access");

    /// <summary>What the plugin's own log-in leaves in the home folder.</summary>
    private async Task<string> LogInPluginAsync(HttpClient signedIn)
    {
        var home = Path.Combine(_data, "home");
        var folder = Directory.CreateDirectory(Path.Combine(home, ".config", "access-gateway")).FullName;
        var server = _gateway.Address.ToString().TrimEnd('/');
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { server, certificateAuthority = await File.ReadAllTextAsync(_gateway.CertificateAuthorityFile) }));
        await File.WriteAllTextAsync(Path.Combine(folder, "login.json"), JsonSerializer.Serialize(new { server, accessToken = signedIn.DefaultRequestHeaders.Authorization!.Parameter, expiresAt = _gateway.Clock.GetUtcNow().AddMinutes(10) }));
        return home;
    }

    private async Task<string> TokenAsync()
    {
        var request = Path.Combine(_data, "token.json");
        await File.WriteAllTextAsync(request, """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}""");
        using var json = JsonDocument.Parse((await demo.AdminKubectlAsync("create", "--raw", $"/api/v1/namespaces/{Name}/serviceaccounts/gateway/token", "-f", request)).Succeeded());
        return json.RootElement.GetProperty("status").GetProperty("token").GetString()!;
    }
}
