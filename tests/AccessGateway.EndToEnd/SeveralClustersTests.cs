namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>One request for two registered clusters, which are two names of the same real one: two grants, each with a leaf of its own.</summary>
[Collection(nameof(DemoTests))]
public sealed class SeveralClustersTests(Demo demo)
{
    [Fact]
    public async Task Activate_TwoClusters_ALeafForEachAndTheirEndsAreTheirOwn()
    {
        var data = Directory.CreateTempSubdirectory("access-gateway-several-").FullName;
        var config = await demo.WriteConfigurationAsync(data, "{localCa: {certificate: ca.crt, key: ca.key}}");
        var file = Path.Combine(config, "documents.yaml");
        var yaml = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var second = yaml[..yaml.IndexOf("---", StringComparison.Ordinal)].Replace("name: dev,", "name: prod,", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, $"{second}---\n{yaml.Replace("names: [dev]", "names: [dev, prod]", StringComparison.Ordinal)}", TestContext.Current.CancellationToken);
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: config);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        var grants = await gateway.ActivateAllAsync(alice, request.Id);
        Assert.All(grants, grant => Assert.NotNull(grant.BoundAt));
        var (onDev, onProd) = (await KubeconfigAsync(grants[0]), await KubeconfigAsync(grants[1]));
        (await GetPodsAsync(onDev)).Succeeded();
        (await GetPodsAsync(onProd)).Succeeded();

        Assert.NotNull((await RelinquishAsync(grants[0])).UnboundAt);
        Assert.Contains("Forbidden", (await GetPodsAsync(onDev)).Errors, StringComparison.Ordinal);
        (await GetPodsAsync(onProd)).Succeeded();
        Assert.NotNull((await RelinquishAsync(grants[1])).UnboundAt);
        Directory.Delete(data, recursive: true);

        async Task<string> KubeconfigAsync(Grant grant)
        {
            var csr = Credentials.Csr(grant.Id, alice.Name, out var key);
            var credential = TestGateway.Value(await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(alice.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default)));
            return Credentials.Write(Directory.CreateDirectory(Path.Combine(data, grant.Cluster)).FullName, credential, key);
        }

        async Task<Grant> RelinquishAsync(Grant grant) =>
            TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(all => all.RelinquishAsync(alice.Caller, grant.Id, default)));
    }

    private static Task<Finished> GetPodsAsync(string kubeconfig) => Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "--all-namespaces"]);
}
