namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>The signer of an existing cluster: its own certificates API, on a real controller manager that signs for ten minutes.</summary>
[Collection(nameof(DemoTests))]
public sealed class KubernetesCsrTests(Demo demo)
{
    [Fact]
    public async Task Issue_OnARealCluster_LeafOfTheCluster_OrAClearRefusal()
    {
        (await demo.AdminKubectlAsync("apply", "-f", Path.Combine(Demo.Root, "deploy", "rbac", "gateway-csr.yaml"))).Succeeded();
        var data = Directory.CreateTempSubdirectory("access-gateway-csr-").FullName;
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: await demo.WriteConfigurationAsync(data, "{kubernetesCsr: {}}"));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "20m");
        Assert.NotNull(grant.BoundAt);

        var credential = TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, Credentials.Csr(grant.Id, "alice", out var key)));
        Assert.True(credential.NotAfter <= grant.NotAfter);
        var authority = await File.ReadAllTextAsync(Path.Combine(demo.Cluster, "ca.crt"));
        await LeafLint.AssertAsync(authority, credential.Certificate, $"CN=alice,O=jit:{grant.Id}", "Authority Key Identifier", "Basic Constraints", "Extended Key Usage", "Key Usage");
        (await Run.ToEndAsync("kubectl", ["--kubeconfig", Credentials.Write(data, credential, key), "get", "pods", "--all-namespaces"])).Succeeded();
        Assert.Empty((await demo.AdminKubectlAsync("get", "certificatesigningrequests", "-o", "name")).Succeeded());

        var unused = await gateway.GrantAsync(alice, "30m");
        var foreign = TestGateway.RefusalOf(await IssueAsync(gateway, alice, unused.Id, Credentials.Csr("gr-0000000000000", "system:admin", out _)));
        Assert.Equal(ProblemCodes.CsrRefused, foreign.Code);
        var shortGrant = await gateway.GrantAsync(alice, "5m");
        Assert.Equal(ProblemCodes.GrantTooShort, TestGateway.RefusalOf(await IssueAsync(gateway, alice, shortGrant.Id, Credentials.Csr(shortGrant.Id, "alice", out _))).Code);

        foreach (var id in new[] { grant.Id, unused.Id, shortGrant.Id })
            Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, id, default))).UnboundAt);
        Directory.Delete(data, recursive: true);
    }

    private static Task<Outcome<CredentialResponse>> IssueAsync(TestGateway gateway, TestUser user, string grant, string csr) =>
        gateway.WithClockRunningAsync(gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(
            issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = csr }, null, default)));
}
