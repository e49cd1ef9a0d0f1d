namespace AccessGateway.EndToEnd;

using System.Runtime.Versioning;
using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Leaves of each kind of CA on a real API server, and the change from one CA to the next while people work.</summary>
[Collection(nameof(PlainClusterTests))]
[UnsupportedOSPlatform("windows")]
public sealed class SignerTests(PlainCluster plain)
{
    /// <summary>Not another test's: each gateway takes what it does not know under its own name for an orphan.</summary>
    private static readonly Dictionary<string, string?> Name = new() { ["Gateway:Name"] = "signer-test" };

    [Fact]
    public async Task Issue_KeyInATokenOfSoftHsm_AcceptedByTheApiServer()
    {
        Assert.NotNull(SoftHsm.Module);
        using var hsm = await SoftHsm.CreateAsync();
        await hsm.ImportPairAsync(await Pkcs8Async(), "cluster-ca");
        hsm.UseHere();
        var data = Directory.CreateTempSubdirectory("access-gateway-hsm-").FullName;
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: await plain.Cluster.WriteConfigurationAsync(data, signer: $"{{pkcs11: {{uri: '{hsm.AddressOf("cluster-ca")}', certificate: ca.crt}}}}"), settings: Name);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "20m");
        (await GetPodsAsync(await KubeconfigAsync(gateway, alice, grant.Id, data))).Succeeded();
        await EndAsync(gateway, alice, grant.Id);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>The API server reads its file of client CAs again by itself: within a minute in this release, at once in newer ones.</summary>
    [Fact]
    public async Task Rotate_UnderLoad_NoCallRefused()
    {
        var data = Directory.CreateTempSubdirectory("access-gateway-rotate-").FullName;
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: await plain.Cluster.WriteConfigurationAsync(data, signer: "{localCa: {}}"), settings: Name);
        await SeedAsync(gateway);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "1h");
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(LoadAsync(gateway, alice, grant.Id, Path.Combine(data, "one"), stop.Token), LoadAsync(gateway, alice, grant.Id, Path.Combine(data, "two"), stop.Token));

        var next = TestGateway.Value(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default)));
        Assert.Contains("does not trust", TestGateway.RefusalOf(await ActivateAsync(gateway)).Detail, StringComparison.Ordinal);
        await File.AppendAllTextAsync(Path.Combine(plain.Cluster.Folder, "client-ca.crt"), next.CertificatePem);
        await Eventually.TrueAsync(async () => load.IsCompleted || (await ActivateAsync(gateway)).Is(out _, out _), TimeSpan.FromMinutes(2), "the API server to trust the next CA");

        // Past the moment until which the CA of before may be used, with leaves of the next one.
        var after = Path.Combine(data, "after");
        gateway.Clock.Advance(TrustAnchorRotation.Notice);
        for (var i = 0; i < 3; i++)
            (await GetPodsAsync(await KubeconfigAsync(gateway, alice, grant.Id, after))).Succeeded();
        var leaf = await Run.ToEndAsync("openssl", ["x509", "-in", Path.Combine(after, "leaf.crt"), "-noout", "-issuer"]);
        Assert.Contains(next.Id, leaf.Succeeded(), StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.All(await load, calls => Assert.True(calls > 0));
        await EndAsync(gateway, alice, grant.Id);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>A person's kubectl in a loop, each time with a fresh leaf; ends with the number of calls, or at the first refused one.</summary>
    private static async Task<int> LoadAsync(TestGateway gateway, TestUser user, string grant, string folder, CancellationToken stop)
    {
        var calls = 0;
        for (; !stop.IsCancellationRequested; calls++)
            (await GetPodsAsync(await KubeconfigAsync(gateway, user, grant, folder))).Succeeded();
        return calls;
    }

    private static async Task<string> KubeconfigAsync(TestGateway gateway, TestUser user, string grant, string folder)
    {
        var csr = Credentials.Csr(grant, user.Name, out var key);
        var credential = TestGateway.Value(await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = csr }, null, default)));
        return Credentials.Write(Directory.CreateDirectory(folder).FullName, credential, key);
    }

    /// <summary>The cluster's own CA as one that the gateway made: it is trusted already.</summary>
    private async Task SeedAsync(TestGateway gateway)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(await Pkcs8Async());
        var pem = await File.ReadAllTextAsync(Path.Combine(plain.Cluster.Folder, "ca.crt"));
        await gateway.InScopeAsync(async services =>
        {
            var (db, now) = (services.GetRequiredService<GatewayDbContext>(), gateway.Clock.GetUtcNow());
            db.TrustAnchors.Add(new TrustAnchor
            {
                Id = "ca-old",
                Cluster = TestGateway.Cluster,
                State = TrustAnchorState.Signing,
                CertificatePem = pem,
                SealedKey = services.GetRequiredService<SecretBox>().Seal(key.ExportPkcs8PrivateKey(), nameof(TrustAnchor), "ca-old", nameof(TrustAnchor.SealedKey)),
                CreatedAt = now,
                NotAfter = now.AddDays(300),
            });
            return await db.SaveChangesAsync();
        });
    }

    private async Task<string> Pkcs8Async()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(plain.Cluster.Folder, "ca.key")));
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static Task<Outcome<TrustAnchor>> RotateAsync(TestGateway gateway, Func<TrustAnchorRotation, Task<Outcome<TrustAnchor>>> act) => gateway.WithAsync(act);

    /// <summary>The gateway's clock keeps up with the real one: the check's leaf lives for a minute.</summary>
    private static Task<Outcome<TrustAnchor>> ActivateAsync(TestGateway gateway)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (now > gateway.Clock.GetUtcNow())
            gateway.Clock.SetUtcNow(now);
        return RotateAsync(gateway, rotation => rotation.ActivateAsync("test", TestGateway.Cluster, @unchecked: false, default));
    }

    private static async Task EndAsync(TestGateway gateway, TestUser user, string grant) =>
        Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(user.Caller, grant, default))).UnboundAt);

    private static Task<Finished> GetPodsAsync(string kubeconfig) => Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "--all-namespaces"]);
}
