namespace AccessGateway.Server.Tests;

using System.Security.Cryptography;
using System.Text.Json;
using AccessGateway.Pki;
using AccessGateway.Testing;
using Xunit;

/// <summary>The <c>config</c> commands as a pipeline runs them: no gateway, no database.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-config-").FullName;

    public ConfigCommandTests()
    {
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        Write(yaml => yaml);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_GoodDocuments_Zero()
    {
        var (code, output, error) = await GatewayProgram.RunAsync(["config", "check", _folder]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1 clusters, 1 policies, 0 notifiers, digest ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Errors_OneAndEachWithItsPlace()
    {
        Write(yaml => yaml.Replace("maxDuration: 8h", "maxDuration: x", StringComparison.Ordinal).Replace("required: 2", "required: x", StringComparison.Ordinal));
        var (code, _, error) = await GatewayProgram.RunAsync(["config", "check", _folder]);
        Assert.Equal(1, code);
        Assert.Equal(2, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains($"error: {Path.Combine(_folder, "documents.yaml")}:18:", error, StringComparison.Ordinal);

        var (again, json, _) = await GatewayProgram.RunAsync(["config", "check", _folder, "-o", "json"]);
        using var report = JsonDocument.Parse(json);
        Assert.Equal((1, false), (again, report.RootElement.GetProperty("usable").GetBoolean()));
        Assert.Equal([18, 26], report.RootElement.GetProperty("errors").EnumerateArray().Select(each => each.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Rbac_GoodDocuments_ManifestOrWhatIsWrong()
    {
        var (code, manifest, error) = await GatewayProgram.RunAsync(["config", "rbac", "dev", "--config", _folder, "--service-account", "ops/gate"]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("# rule 1: ", manifest, StringComparison.Ordinal);
        Assert.Contains("  name: gate\n  namespace: ops\n", manifest, StringComparison.Ordinal);

        var unknown = await GatewayProgram.RunAsync(["config", "rbac", "nowhere", "--config", _folder]);
        Assert.Equal((1, "error: No cluster 'nowhere' is registered; there are: dev.\n"), (unknown.ExitCode, unknown.Error));
        foreach (var account in new[] { "gate", "ops/gate/x", "ops/Gate", "/" })
            Assert.Equal(2, (await GatewayProgram.RunAsync(["config", "rbac", "dev", "--config", _folder, "--service-account", account])).ExitCode);
        Write(yaml => yaml.Replace("maxDuration: 8h", "maxDuration: x", StringComparison.Ordinal));
        var broken = await GatewayProgram.RunAsync(["config", "rbac", "dev", "--config", _folder]);
        Assert.Equal((1, ""), (broken.ExitCode, broken.Out));
    }

    [Fact]
    public async Task Reaper_GoodDocuments_ThePublishedManifest()
    {
        var (code, manifest, error) = await GatewayProgram.RunAsync(["config", "reaper", "dev", "--config", _folder]);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(GatewayProgram.FindRoot(), "deploy", "reaper", "reaper.yaml"), TestContext.Current.CancellationToken), manifest);

        Write(yaml => yaml.Replace("clusterRole: view, scope: cluster", "scope: namespaces, namespaces: [shop], rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]", StringComparison.Ordinal));
        var (_, other, _) = await GatewayProgram.RunAsync(["config", "reaper", "dev", "--config", _folder, "--namespace", "ops", "--image", "registry.corp/reaper@sha256:00", "--admission-policy"]);
        var objects = k8s.KubernetesYaml.LoadAllFromString(other);
        var job = Assert.Single(objects.OfType<k8s.Models.V1CronJob>());
        var container = Assert.Single(job.Spec.JobTemplate.Spec.Template.Spec.Containers);
        Assert.Equal(("ops", "registry.corp/reaper@sha256:00", "--roles"), (job.Metadata.NamespaceProperty, container.Image, container.Args[^1]));
        Assert.Equal(["clusterrolebindings", "rolebindings", "clusterroles", "roles"], objects.OfType<k8s.Models.V1ClusterRole>().Single().Rules.Single().Resources);
        var limits = Assert.Single(objects.OfType<k8s.Models.V1ValidatingAdmissionPolicy>());
        Assert.Equal("request.userInfo.username == 'system:serviceaccount:ops:access-gateway-reaper'", limits.Spec.MatchConditions[0].Expression);
    }

    [Theory]
    [InlineData("--namespace", "Ops")]
    [InlineData("--image", "x'\ny: z")]
    [InlineData("--image", "")]
    public async Task Reaper_WouldNotBeYaml_BadUsage(string option, string value) =>
        Assert.Equal(2, (await GatewayProgram.RunAsync(["config", "reaper", "dev", "--config", _folder, option, value])).ExitCode);

    [Fact]
    public async Task Check_ImportedCaThatEndsSoon_WarnedOf()
    {
        using var ca = LocalCa.Generate("imported", TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(3));
        await File.WriteAllTextAsync(Path.Combine(_folder, "signer.crt"), ca.CertificatePem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "signer.key"), PemEncoding.WriteString("PRIVATE KEY", ca.ExportPkcs8PrivateKey()), TestContext.Current.CancellationToken);
        Write(yaml => yaml.Replace("{localCa: {}}", "{localCa: {certificate: signer.crt, key: signer.key}}", StringComparison.Ordinal));
        var (code, _, error) = await GatewayProgram.RunAsync(["config", "check", _folder]);
        Assert.Equal(0, code);
        Assert.StartsWith("warning: The CA of cluster 'dev' (imported) ends at ", error, StringComparison.Ordinal);
        Assert.Contains("before a grant of 8h would", error, StringComparison.Ordinal);

        var shown = await GatewayProgram.RunAsync(["ca", "show", "dev", "--config", _folder, "--data", Path.Combine(_folder, "data")]);
        Assert.Equal((0, ca.CertificatePem), (shown.ExitCode, shown.Out));
        Assert.Contains("warning: The CA of cluster 'dev' (imported) ends at ", shown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Warning_ZeroAndSaid()
    {
        Write(yaml => yaml.Replace("names: [dev]", "names: [nowhere]", StringComparison.Ordinal));
        var (code, _, error) = await GatewayProgram.RunAsync(["config", "check", _folder]);
        Assert.Equal(0, code);
        Assert.StartsWith("warning: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "needsApproval", "--user", "alice", "--groups", "platform", "--cluster", "dev", "--role", "admin", "--reason", "INC-1 x")]
    [InlineData(0, "automatic", "--user", "alice", "--groups", "platform,sre", "--cluster", "dev", "--role", "viewer", "--duration", "2h", "--reason", "INC-1 x")]
    [InlineData(1, "denied", "--user", "alice", "--groups", "platform", "--cluster", "dev", "--role", "editor", "--namespace", "kube-system", "--reason", "INC-1 x")]
    [InlineData(1, "denied", "--user", "eve", "--cluster", "nowhere", "--role", "admin")]
    public async Task Explain_Request_DecisionAndLines(int code, string decision, params string[] asked)
    {
        var (exit, json, _) = await GatewayProgram.RunAsync(["config", "explain", "--config", _folder, "-o", "json", .. asked]);
        Assert.Equal(code, exit);
        using var report = JsonDocument.Parse(json);
        Assert.Equal(decision, report.RootElement.GetProperty("decision").GetString());
        Assert.Contains(report.RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("decides").GetBoolean() && finding.GetProperty("line").GetInt32() > 10);
    }

    [Fact]
    public async Task Explain_SeveralClusters_OneAnswerForAllOfThem()
    {
        File.WriteAllText(Path.Combine(_folder, "documents.yaml"), SeveralClusters.Yaml());
        string[] asked = ["config", "explain", "--config", _folder, "--user", "alice", "--groups", "platform", "--role", "admin", "--reason", "INC-1 disk full", "--cluster", "dev"];
        var (exit, output, _) = await GatewayProgram.RunAsync([.. asked, "--cluster", "prod"]);
        Assert.Equal(0, exit);
        Assert.StartsWith("needsApproval: ClusterRole cluster-admin for 1h, after 2 of group sre\n", output, StringComparison.Ordinal);
        Assert.Contains("policy prod-roles offers ClusterRole cluster-admin as 'admin' to group platform on prod", output, StringComparison.Ordinal);
        (exit, output, _) = await GatewayProgram.RunAsync([.. asked, "--cluster", "qa"]);
        Assert.Equal(1, exit);
        Assert.StartsWith("denied: No policy offers you the role 'admin' on cluster 'qa'.", output, StringComparison.Ordinal);
        Assert.Equal(2, (await GatewayProgram.RunAsync([.. asked, "--cluster", "dev"])).ExitCode);
    }

    [Theory]
    [InlineData("--duration", "-1h")]
    [InlineData("--at", "yesterday")]
    public async Task Explain_NoDurationOrInstant_BadUsage(string option, string value) => Assert.Equal(2, (await GatewayProgram.RunAsync(
        ["config", "explain", "--config", _folder, "--user", "alice", "--cluster", "dev", "--role", "admin", option, value])).ExitCode);

    [Fact]
    public async Task Schema_Printed_AsPublished()
    {
        var (code, output, _) = await GatewayProgram.RunAsync(["config", "schema"]);
        Assert.Equal(0, code);
        using var schema = JsonDocument.Parse(output);
        Assert.True(schema.RootElement.GetProperty("$defs").TryGetProperty("AccessPolicy", out _));
    }

    private void Write(Func<string, string> edit) => File.WriteAllText(Path.Combine(_folder, "documents.yaml"), edit(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))));
}
