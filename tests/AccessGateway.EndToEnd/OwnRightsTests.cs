namespace AccessGateway.EndToEnd;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>The rights that <c>config rbac</c> makes of the documents, on a real API server: enough for what they offer, and for nothing else.</summary>
[Collection(nameof(DemoTests))]
public sealed class OwnRightsTests(Demo demo)
{
    private const string Name = "rights-test";
    private const string Namespace = "payments-api";

    private const string Policy = """
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: rights}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 1h, approval: automatic}
            - {name: restarter, scope: namespaces, namespaces: [payments-api], rules: [{apiGroups: [''], resources: [pods], verbs: [get, list, delete]}], maxDuration: 1h, approval: automatic}
        """;

    [Fact]
    public async Task Rbac_OfTheDocuments_EnoughAndNoMore()
    {
        var data = Directory.CreateTempSubdirectory("access-gateway-rights-").FullName;
        var config = await demo.WriteConfigurationAsync(data, "{localCa: {certificate: ca.crt, key: ca.key}}");
        var documents = Path.Combine(config, "documents.yaml");
        await File.WriteAllTextAsync(documents, $"{(await File.ReadAllTextAsync(documents)).Split("\n---")[0]}\n---\n{Policy}\n");
        var manifest = Path.Combine(data, "rights.yaml");
        await File.WriteAllTextAsync(manifest, (await Run.ToEndAsync(
            demo.Server, ["config", "rbac", "dev", "--config", config, "--service-account", $"{Name}/gateway"], new Dictionary<string, string> { ["ACCESSGATEWAY__Gateway__Name"] = Name })).Succeeded());
        (await demo.AdminKubectlAsync("apply", "-f", manifest)).Succeeded();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig.Replace("fake-token", await TokenAsync(data), StringComparison.Ordinal));
            foreach (var (verb, thing) in new[] { ("escalate", "clusterroles"), ("bind", "clusterroles/cluster-admin"), ("get", "secrets"), ("impersonate", "users"), ("update", "clusterrolebindings") })
                Assert.Equal("no", await CanAsync(verb, thing));
            await UseAsync(data, config);
        }
        finally
        {
            (await demo.AdminKubectlAsync("delete", "--ignore-not-found", "-f", manifest)).Succeeded();
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task UseAsync(string data, string config)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: config, settings: new Dictionary<string, string?> { ["Gateway:Name"] = Name });
        var alice = await gateway.AddUserAsync("alice", "platform");
        foreach (var (role, place) in new[] { ("viewer", (string?)null), ("restarter", Namespace) })
        {
            var request = place is null ? await gateway.SubmitAsync(alice, role, "20m") : await gateway.SubmitAsync(alice, role, "20m", place);
            var grant = await gateway.ActivateAsync(alice, request.Id);
            Assert.NotNull(TestGateway.Value(await FindAsync(gateway, alice, grant.Id)).BoundAt);
            var csr = Credentials.Csr(grant.Id, "alice", out var key);
            var credential = TestGateway.Value(await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(alice.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default)));
            var kubeconfig = Credentials.Write(Directory.CreateDirectory(Path.Combine(data, role)).FullName, credential, key);
            await Eventually.TrueAsync(async () => (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "-n", Namespace])).ExitCode == 0, what: $"{role} to read pods");
            Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default))).UnboundAt);
        }
    }

    private static Task<Outcome<Grant>> FindAsync(TestGateway gateway, TestUser user, string id) =>
        gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(user.Caller, id, default));

    private async Task<string> CanAsync(string verb, string thing) =>
        (await demo.AdminKubectlAsync("auth", "can-i", verb, thing, "--as", $"system:serviceaccount:{Name}:gateway")).Output.Trim();

    /// <summary>By a TokenRequest, as current releases do it.</summary>
    private async Task<string> TokenAsync(string data)
    {
        var request = Path.Combine(data, "token.json");
        await File.WriteAllTextAsync(request, """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}""");
        var answer = (await demo.AdminKubectlAsync("create", "--raw", $"/api/v1/namespaces/{Name}/serviceaccounts/gateway/token", "-f", request)).Succeeded();
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("status").GetProperty("token").GetString()!;
    }
}
