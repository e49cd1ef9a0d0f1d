namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>I2 on a real API server: when a revocation is acknowledged, a leaf that still lives is of no use.</summary>
[Collection(nameof(DemoTests))]
public sealed class RevocationTests(Demo demo)
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Revoke_LeafStillAlive_ForbiddenWithinTwoSecondsAndTheOtherGrantGoesOn()
    {
        var data = Directory.CreateTempSubdirectory("access-gateway-revoke-").FullName;
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: await demo.WriteConfigurationAsync(data, "{localCa: {certificate: ca.crt, key: ca.key}}"));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var root = await gateway.AddUserAsync("root", "administrators");
        var (revoked, kept) = (await GrantAsync(gateway, alice, data, "revoked"), await GrantAsync(gateway, alice, data, "kept"));
        (await GetPodsAsync(revoked.Kubeconfig)).Succeeded();
        (await GetPodsAsync(kept.Kubeconfig)).Succeeded();

        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RevokeAsync(root.Caller, revoked.Id, default)));
        var acknowledged = Stopwatch.GetTimestamp();
        Finished answer;
        do
        {
            answer = await GetPodsAsync(revoked.Kubeconfig);
        }
        while (answer.ExitCode == 0 && Stopwatch.GetElapsedTime(acknowledged) < Promise);
        Assert.Contains("Forbidden", answer.Errors, StringComparison.Ordinal);

        // Overlapping grants of one person: the other holds.
        (await GetPodsAsync(kept.Kubeconfig)).Succeeded();
        Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, kept.Id, default))).UnboundAt);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<(string Id, string Kubeconfig)> GrantAsync(TestGateway gateway, TestUser user, string data, string name)
    {
        var grant = await gateway.GrantAsync(user, "20m");
        var csr = Credentials.Csr(grant.Id, user.Name, out var key);
        var credential = TestGateway.Value(await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant.Id, new CredentialRequest { Csr = csr }, null, default)));
        return (grant.Id, Credentials.Write(Directory.CreateDirectory(Path.Combine(data, name)).FullName, credential, key));
    }

    private static Task<Finished> GetPodsAsync(string kubeconfig) => Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "--all-namespaces"]);
}
