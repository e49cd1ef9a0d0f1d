namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>A grant for namespaces by pattern on a real API server: what is made while it is active is bound, by a gateway that was there and by one
/// that was dead at that moment, and its end leaves nothing.</summary>
[Collection(nameof(DemoTests))]
public sealed class NamespacePatternTests(Demo demo) : IAsyncLifetime
{
    private const string Gateway = "patterns";

    private const string Policy = """
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: patterns}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: deployer, clusterRole: edit, scope: namespaces, namespaces: [team-*], exceptNamespaces: [team-secret-*], maxDuration: 1h, approval: automatic}
        """;

    /// <summary>A new namespace is bound within a few seconds, whatever else the machine does.</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-patterns-").FullName;
    private readonly List<string> _made = [];
    private TestDatabase _database = null!;
    private TestGateway _prepared = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _config = await demo.WriteConfigurationAsync(_data, "{localCa: {certificate: ca.crt, key: ca.key}}");
        var documents = Path.Combine(_config, "documents.yaml");
        await File.WriteAllTextAsync(documents, $"{(await File.ReadAllTextAsync(documents)).Split("\n---")[0]}\n---\n{Policy}\n");
        _prepared = await TestGateway.CreateAsync(database: _database, data: _data, config: _config, settings: new Dictionary<string, string?> { ["Gateway:Name"] = Gateway });
    }

    public async ValueTask DisposeAsync()
    {
        (await demo.AdminKubectlAsync(["delete", "namespace", "--ignore-not-found", "--wait=false", .. _made])).Succeeded();
        await _prepared.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Grant_Pattern_LaterNamespacesBoundAcrossARestartAndNothingLeft()
    {
        await NamespaceAsync("team-a");
        await NamespaceAsync("team-secret-x");
        var alice = await _prepared.AddUserAsync("alice", "platform");
        Grant grant;
        string kubeconfig;
        await using (await GatewayProcess.StartAsync(_data, _config, Gateway, _database.Options))
        {
            grant = await _prepared.ActivateAsync(alice, (await _prepared.SubmitAsync(alice, "deployer", "20m", "team-*")).Id);
            kubeconfig = await KubeconfigAsync(alice, grant);
            await WorksAsync(kubeconfig, "team-a");
            // The other process learns of the grant from the database, by its own pass.
            await NamespaceAsync("team-first");
            await BoundAsync(grant, "team-a", "team-first");
            await WorksAsync(kubeconfig, "team-first");

            // From here on it listens for what the pattern matches.
            await NamespaceAsync("team-late");
            await Eventually.TrueAsync(async () => (await PlacesAsync(grant)).Contains("team-late"), Promise, "the new namespace to be bound within seconds");
            await WorksAsync(kubeconfig, "team-late");
            await ForbiddenAsync(kubeconfig, "team-secret-x");
            await ForbiddenAsync(kubeconfig, "default");

            (await demo.AdminKubectlAsync("delete", "namespace", "team-first", "--wait=false")).Succeeded();
            await Eventually.TrueAsync(async () => (await ChangesAsync(grant, "removed")).Contains("team-first"), what: "the deleted namespace to be taken off the grant");
        }

        // Dead at that moment.
        await NamespaceAsync("team-meanwhile");
        await ForbiddenAsync(kubeconfig, "team-meanwhile");
        await using (await GatewayProcess.StartAsync(_data, _config, Gateway, _database.Options))
        {
            await BoundAsync(grant, "team-a", "team-late", "team-meanwhile");
            await WorksAsync(kubeconfig, "team-meanwhile");
            TestGateway.Value(await _prepared.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
            Assert.Empty(await PlacesAsync(grant));
            foreach (var place in new[] { "team-a", "team-late", "team-meanwhile" })
                await ForbiddenAsync(kubeconfig, place);
            await NamespaceAsync("team-after");
            await ForbiddenAsync(kubeconfig, "team-after");
        }

        Assert.Equal(["team-first", "team-late", "team-meanwhile"], await ChangesAsync(grant, "added"));
        Assert.Contains("team-late", Assert.Single(await _prepared.AuditAsync(), row => row.Type == "binding.removed" && row.GrantId == grant.Id).Details["bindings"], StringComparison.Ordinal);
    }

    private async Task NamespaceAsync(string name)
    {
        _made.Add(name);
        (await demo.AdminKubectlAsync("create", "namespace", name)).Succeeded();
    }

    private Task BoundAsync(Grant grant, params string[] places) =>
        Eventually.TrueAsync(async () => (await PlacesAsync(grant)).SequenceEqual(places), TimeSpan.FromSeconds(60), $"bindings in {string.Join(", ", places)}");

    /// <summary>Where the cluster's administrator sees bindings of the grant.</summary>
    private async Task<List<string>> PlacesAsync(Grant grant) =>
        [.. (await demo.AdminKubectlAsync("get", "rolebindings", "-A", "-l", $"access-gateway.io/grant={grant.Id}", "-o", "jsonpath={.items[*].metadata.namespace}")).Succeeded()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    private async Task<List<string>> ChangesAsync(Grant grant, string what) =>
        [.. (await _prepared.AuditAsync()).Where(row => row.Type == "grant.namespaces_changed" && row.GrantId == grant.Id).Select(row => row.Details.GetValueOrDefault(what)).OfType<string>().Order(StringComparer.Ordinal)];

    private async Task<string> KubeconfigAsync(TestUser user, Grant grant)
    {
        var csr = Credentials.Csr(grant.Id, user.Name, out var key);
        var credential = TestGateway.Value(await _prepared.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default)));
        return Credentials.Write(Directory.CreateDirectory(Path.Combine(_data, grant.Id)).FullName, credential, key);
    }

    /// <summary>RBAC takes a moment to reach every part of the API server.</summary>
    private static Task WorksAsync(string kubeconfig, string place) =>
        Eventually.TrueAsync(async () => (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "create", "configmap", "proof", "-n", place])).ExitCode == 0, Promise, $"kubectl to work in {place}");

    private static Task ForbiddenAsync(string kubeconfig, string place) => Eventually.TrueAsync(
        async () => await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "-n", place]) is { ExitCode: not 0 } refused && refused.Errors.Contains("forbidden", StringComparison.OrdinalIgnoreCase), what: $"{place} to be forbidden");
}
