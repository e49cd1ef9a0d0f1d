namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>Roles of a policy's own rules, and Roles that are there, on a real API server, with the rights of the manifests and no more.</summary>
[Collection(nameof(DemoTests))]
public sealed class OwnRulesTests(Demo demo) : IAsyncLifetime
{
    private const string Namespace = "payments-api";

    private const string Policy = """
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: own-rules}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: restarter, scope: namespaces, namespaces: [payments-*], rules: [{apiGroups: [''], resources: [pods], verbs: [get, list, delete]}], maxDuration: 1h, approval: automatic}
            - {name: operator, role: payments-operator, scope: namespaces, namespaces: [payments-*], maxDuration: 1h, approval: automatic}
            - {name: reader, scope: namespaces, namespaces: [payments-*], rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}], maxDuration: 1h, approval: automatic}
        """;

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-own-rules-").FullName;
    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;

    private string Rights => Path.Combine(_data, "rights.yaml");

    public async ValueTask InitializeAsync()
    {
        // As it stands in the repository, with the Role that is offered named where it says so.
        var manifest = await File.ReadAllTextAsync(Path.Combine(Demo.Root, "deploy", "rbac", "gateway-own-rules.yaml"));
        const string commented = "  # - apiGroups: [rbac.authorization.k8s.io]\n  #   resources: [roles]\n  #   resourceNames: [payments-operator]\n  #   verbs: [bind]\n";
        Assert.Contains(commented, manifest, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Rights, manifest.Replace(commented, commented.Replace("  # ", "  ", StringComparison.Ordinal), StringComparison.Ordinal));
        (await demo.AdminKubectlAsync("apply", "-f", Rights)).Succeeded();
        (await demo.AdminKubectlAsync("create", "role", "payments-operator", "-n", Namespace, "--verb=get,list", "--resource=configmaps")).Succeeded();
        foreach (var (verb, resource) in new[] { ("create", "roles"), ("delete", "pods"), ("bind", "roles/payments-operator") })
        {
            await Eventually.TrueAsync(
                async () => (await demo.AdminKubectlAsync("auth", "can-i", verb, resource, "-n", Namespace, "--as", "system:serviceaccount:access-gateway:access-gateway")).Output.Trim() == "yes", what: $"the right to {verb} {resource}");
        }

        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var config = await demo.WriteConfigurationAsync(_data, "{localCa: {certificate: ca.crt, key: ca.key}}");
        var documents = Path.Combine(config, "documents.yaml");
        var cluster = (await File.ReadAllTextAsync(documents)).Split("\n---")[0];
        await File.WriteAllTextAsync(documents, $"{cluster}\n---\n{Policy}\n");
        _gateway = await TestGateway.CreateAsync(database: _database, data: _data, config: config);
        _alice = await _gateway.AddUserAsync("alice", "platform");
    }

    public async ValueTask DisposeAsync()
    {
        (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "-f", Rights)).Succeeded();
        (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "role", "payments-operator", "-n", Namespace)).Succeeded();
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Activate_OwnRules_AllowsThoseAloneAndLeavesNothing()
    {
        var grant = await GrantAsync("restarter");
        Assert.NotNull(grant.BoundAt);
        Assert.Equal([$"role.rbac.authorization.k8s.io/jit-{grant.Id}", $"rolebinding.rbac.authorization.k8s.io/jit-{grant.Id}"], await ObjectsAsync(grant));
        var kubeconfig = await KubeconfigAsync(grant);
        await AllowedAsync(kubeconfig, "get", "pods", "-n", Namespace);
        await ForbiddenAsync(kubeconfig, "get", "secrets", "-n", Namespace);
        await ForbiddenAsync(kubeconfig, "create", "configmap", "x", "-n", Namespace);
        await ForbiddenAsync(kubeconfig, "get", "pods", "-n", "default");

        await EndAsync(grant);
        Assert.Empty(await ObjectsAsync(grant));
        await ForbiddenAsync(kubeconfig, "get", "pods", "-n", Namespace);
    }

    [Fact]
    public async Task Activate_RoleThatIsThere_BoundAndLeftAsItWas()
    {
        var grant = await GrantAsync("operator");
        Assert.NotNull(grant.BoundAt);
        Assert.Equal([$"rolebinding.rbac.authorization.k8s.io/jit-{grant.Id}"], await ObjectsAsync(grant));
        var kubeconfig = await KubeconfigAsync(grant);
        await AllowedAsync(kubeconfig, "get", "configmaps", "-n", Namespace);
        await ForbiddenAsync(kubeconfig, "get", "pods", "-n", Namespace);

        await EndAsync(grant);
        Assert.Empty(await ObjectsAsync(grant));
        await ForbiddenAsync(kubeconfig, "get", "configmaps", "-n", Namespace);
        (await demo.AdminKubectlAsync("get", "role", "payments-operator", "-n", Namespace)).Succeeded();
    }

    /// <summary>A policy may say what it likes: what the gateway does not hold, the API server does not let it give.</summary>
    [Fact]
    public async Task Activate_RulesThatTheGatewayDoesNotHold_NothingBound()
    {
        var grant = await GrantAsync("reader");
        Assert.Null(grant.BoundAt);
        Assert.Empty(await ObjectsAsync(grant));
        await ForbiddenAsync(await KubeconfigAsync(grant), "get", "secrets", "-n", Namespace);
        await EndAsync(grant);
    }

    private async Task<Grant> GrantAsync(string role)
    {
        var request = await _gateway.SubmitAsync(_alice, role, "20m", Namespace);
        var grant = await _gateway.ActivateAsync(_alice, request.Id);
        return TestGateway.Value(await _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(_alice.Caller, grant.Id, default)));
    }

    private async Task EndAsync(Grant grant) =>
        Assert.NotNull(TestGateway.Value(await _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(_alice.Caller, grant.Id, default))).EndedAt);

    private async Task<string> KubeconfigAsync(Grant grant)
    {
        var csr = Credentials.Csr(grant.Id, "alice", out var key);
        var credential = TestGateway.Value(await _gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(_alice.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default)));
        return Credentials.Write(Directory.CreateDirectory(Path.Combine(_data, grant.Id)).FullName, credential, key);
    }

    /// <summary>What is in the namespace for a grant, as the cluster's administrator sees it.</summary>
    private async Task<List<string>> ObjectsAsync(Grant grant) =>
        [.. (await demo.AdminKubectlAsync("get", "roles,rolebindings", "-n", Namespace, "-l", $"access-gateway.io/grant={grant.Id}", "-o", "name")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    /// <summary>RBAC takes a moment to reach every part of the API server.</summary>
    private static Task AllowedAsync(string kubeconfig, params string[] arguments) =>
        Eventually.TrueAsync(async () => (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, .. arguments])).ExitCode == 0, what: string.Join(' ', arguments));

    private static Task ForbiddenAsync(string kubeconfig, params string[] arguments) => Eventually.TrueAsync(
        async () => await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, .. arguments]) is { ExitCode: not 0 } refused && refused.Errors.Contains("forbidden", StringComparison.OrdinalIgnoreCase), what: $"{string.Join(' ', arguments)} to be forbidden");
}
