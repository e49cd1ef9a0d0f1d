namespace AccessGateway.EndToEnd;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Blast radii of a real API server's own roles, read with the rights of the manifests and no more.</summary>
[Collection(nameof(DemoTests))]
public sealed class BlastRadiusTests(Demo demo) : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-radius-").FullName;
    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _gateway = await TestGateway.CreateAsync(database: _database, data: _data, config: await demo.WriteConfigurationAsync(_data, "{localCa: {certificate: ca.crt, key: ca.key}}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("view", false, RiskLevel.Low)]
    [InlineData("view", true, RiskLevel.Medium)]
    [InlineData("edit", false, RiskLevel.High)]
    [InlineData("edit", true, RiskLevel.Critical)]
    [InlineData("admin", false, RiskLevel.High)]
    [InlineData("admin", true, RiskLevel.Critical)]
    [InlineData("cluster-admin", false, RiskLevel.High)]
    [InlineData("cluster-admin", true, RiskLevel.Critical)]
    [InlineData("system:discovery", true, RiskLevel.Low)]
    [InlineData("system:node", true, RiskLevel.Critical)]
    [InlineData("system:controller:clusterrole-aggregation-controller", true, RiskLevel.Critical)]
    [InlineData("system:kube-scheduler", true, RiskLevel.Medium)]
    [InlineData("system:basic-user", true, RiskLevel.Low)]
    public async Task Of_RolesOfKubernetes_AtTheirLevel(string role, bool everywhere, RiskLevel expected)
    {
        var radius = await OfAsync(role, everywhere);
        Assert.Null(radius.Problem);
        Assert.True(radius.Risk == expected, $"{role} is {radius.Risk}: {string.Join(Environment.NewLine, radius.Findings.Select(finding => $"{finding.Risk} {finding.Words}"))}");
    }

    [Fact]
    public async Task Of_EditInTheSystemsNamespace_CriticalAndNamesWhoItLeadsTo()
    {
        var radius = await _gateway.Services.GetRequiredService<BlastRadii>().OfAsync("dev", new RoleTarget("edit"), RoleScope.Namespaces, ["kube-system"], _ => true, default);
        Assert.Equal(RiskLevel.Critical, radius.Risk);
        Assert.Contains(radius.Findings, finding => finding.Code == "pods-startable" && finding.Words.Contains("kube-system/", StringComparison.Ordinal));
    }

    /// <summary>The cluster's controller may write the part into the role sooner or later: the digest has it at once, and once.</summary>
    [Fact]
    public async Task Digest_PartAddedToView_ChangesAtOnceAndComesBack()
    {
        var roles = _gateway.Services.GetRequiredService<IRoleRules>();
        var before = await roles.DigestAsync("dev", new RoleTarget("view"), [], default);
        Assert.NotNull(before);
        (await demo.AdminKubectlAsync("create", "clusterrole", "radius-part", "--verb=get,list", "--resource=secrets")).Succeeded();
        try
        {
            Assert.Equal(before, await roles.DigestAsync("dev", new RoleTarget("view"), [], default));
            (await demo.AdminKubectlAsync("label", "clusterrole", "radius-part", "rbac.authorization.k8s.io/aggregate-to-view=true")).Succeeded();
            Assert.NotEqual(before, await roles.DigestAsync("dev", new RoleTarget("view"), [], default));
            Assert.Equal(RiskLevel.High, (await OfAsync("view", everywhere: false)).Risk);
        }
        finally
        {
            (await demo.AdminKubectlAsync("delete", "clusterrole", "radius-part")).Succeeded();
        }

        string? after = null;
        await Eventually.TrueAsync(async () => (after = await roles.DigestAsync("dev", new RoleTarget("view"), [], default)) == before, what: "the digest of before");
        Assert.Equal(before, after);
    }

    /// <summary>What RBAC's own matching says to what we say about subresources.</summary>
    [Theory]
    [InlineData("pods/*", false)]
    [InlineData("*/exec", true)]
    [InlineData("pods/exec", true)]
    public async Task Exec_AsTheApiServerSeesIt_AsWeDo(string resource, bool allowed)
    {
        var (name, manifest) = ("radius-exec", Path.Combine(_data, "role.json"));
        await File.WriteAllTextAsync(manifest, $$"""
            {"apiVersion":"v1","kind":"List","items":[
              {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"{{name}}"},"rules":[{"apiGroups":[""],"resources":["{{resource}}"],"verbs":["create"]}]},
              {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"{{name}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{name}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"radius"}]}]}
            """);
        (await demo.AdminKubectlAsync("apply", "-f", manifest)).Succeeded();
        try
        {
            Assert.Equal(allowed, (await OfAsync(name, everywhere: true)).Findings.Any(finding => finding.Code == "exec"));
            await Eventually.TrueAsync(
                async () => (await demo.AdminKubectlAsync("auth", "can-i", "create", "pods", "--subresource=exec", "--as", "radius")).Output.Trim() == (allowed ? "yes" : "no"), what: "the API server to agree");
        }
        finally
        {
            (await demo.AdminKubectlAsync("delete", "-f", manifest)).Succeeded();
        }
    }

    private Task<BlastRadius> OfAsync(string role, bool everywhere) => _gateway.Services.GetRequiredService<BlastRadii>().OfAsync(
        "dev", new RoleTarget(role), everywhere ? RoleScope.Cluster : RoleScope.Namespaces, everywhere ? [] : ["payments-api"], _ => true, default);
}
