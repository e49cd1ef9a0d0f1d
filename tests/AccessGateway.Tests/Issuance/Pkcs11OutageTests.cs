namespace AccessGateway.Tests.Issuance;

using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>A token that is gone, or does not answer: no leaf, a clear word, the other clusters work, and it comes back by itself.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(nameof(SoftHsmTests))]
public sealed class Pkcs11OutageTests(SoftHsmHere softHsm)
{
    private const string Other = "other";

    [Fact]
    public async Task Issue_TokenRemovedAndBack_RefusedThenSignedAfterANewLogin()
    {
        using var module = await ModuleAsync();
        await using var gateway = await CreateAsync(module, "removed");
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (grant, csr) = (await GrantAsync(gateway, alice, TestGateway.Cluster), Csrs.New());
        TestGateway.Value(await IssueAsync(gateway, alice, grant, csr));

        module.Remove();
        foreach (var word in new[] { "CKR_DEVICE_REMOVED to C_Sign.", "CKR_DEVICE_REMOVED to C_OpenSession", "CKR_DEVICE_REMOVED to C_OpenSession" })
            Assert.Contains(word, Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant, csr))).Detail, StringComparison.Ordinal);
        TestGateway.Value(await IssueAsync(gateway, alice, await GrantAsync(gateway, alice, Other), csr));

        module.Mend();
        TestGateway.Value(await IssueAsync(gateway, alice, grant, csr));
        Assert.Equal(3, (await gateway.AuditAsync()).Count(row => row.Type == "leaf.issued"));
    }

    [Fact]
    public async Task Issue_TokenHangs_RefusedInTimeThenAtOnceWithoutMoreThreads()
    {
        using var module = await ModuleAsync();
        await using var gateway = await CreateAsync(module, "hangs");
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (grant, other, csr) = (await GrantAsync(gateway, alice, TestGateway.Cluster), await GrantAsync(gateway, alice, Other), Csrs.New());
        TestGateway.Value(await IssueAsync(gateway, alice, grant, csr));

        module.Hang();
        var waiting = Enumerable.Range(0, 20).Select(_ => IssueAsync(gateway, alice, grant, csr)).ToList();
        TestGateway.Value(await IssueAsync(gateway, alice, other, csr));
        await gateway.EventuallyAsync(() => waiting.TrueForAll(task => task.IsCompleted));
        foreach (var outcome in await Task.WhenAll(waiting))
            AssertSilent(outcome);

        // It is known now: nobody waits, on whatever clock, and no thread is spent.
        var (threads, start) = (ThreadPool.ThreadCount, Stopwatch.GetTimestamp());
        foreach (var outcome in await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => IssueAsync(gateway, alice, grant, csr))))
            AssertSilent(outcome);
        Assert.True(Stopwatch.GetElapsedTime(start) < Pkcs11Signer.Patience);
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + 8);
        TestGateway.Value(await IssueAsync(gateway, alice, other, csr));

        module.Mend();
        await Eventually.TrueAsync(async () => (await IssueAsync(gateway, alice, grant, csr)).Is(out _, out var _), what: "the token to answer again");
        Assert.Equal(4, (await gateway.AuditAsync()).Count(row => row.Type == "leaf.issued"));
    }

    private async Task<FaultyModule> ModuleAsync()
    {
        Assert.SkipWhen(SoftHsm.Module is null || softHsm.Hsm is null, "needs SoftHSM; run tests/run.sh");
        return await FaultyModule.CreateAsync() ?? throw new InvalidOperationException("There is no C compiler.");
    }

    /// <summary>Cluster dev signs with a CA in the token, the other with one of its own.</summary>
    private async Task<TestGateway> CreateAsync(FaultyModule module, string label)
    {
        var hsm = softHsm.Hsm!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await hsm.ImportPairAsync(key.ExportPkcs8PrivateKeyPem(), label, Convert.ToHexString(RandomNumberGenerator.GetBytes(2)));
        var address = hsm.AddressOf(label, module.Path);
        var config = Directory.CreateTempSubdirectory("access-gateway-outage-").FullName;
        var yaml = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1"), $"{{pkcs11: {{uri: '{address}', certificate: token.crt}}}}");
        var second = yaml.Split("---")[0].Replace("name: dev,", $"name: {Other},", StringComparison.Ordinal);
        var signer = second.Split('\n').Single(line => line.Contains("signer:", StringComparison.Ordinal));
        second = second.Replace(signer, "  signer: {localCa: {}}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), yaml.Replace("names: [dev]", $"names: [dev, {Other}]", StringComparison.Ordinal) + "\n---\n" + second);
        await File.WriteAllTextAsync(Path.Combine(config, "ca.crt"), StandardDocuments.SomeCertificate);
        await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        await File.WriteAllTextAsync(Path.Combine(config, "token.crt"), Pkcs11Signer.CertificateFor(Pkcs11Address.Read(address).Address!, "in a token", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1)));
        var gateway = await TestGateway.CreateAsync(config: config);
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", Other, default));
        return gateway;
    }

    private static async Task<string> GrantAsync(TestGateway gateway, TestUser user, string cluster)
    {
        var request = TestGateway.Value(await gateway.TrySubmitAsync(user, Workflow.Asked(duration: "1h") with { Cluster = cluster }));
        return (await gateway.ActivateAsync(user, request.Id)).Id;
    }

    private static void AssertSilent(Outcome<CredentialResponse> outcome) =>
        Assert.Contains("did not answer within 10 s", Assert.IsType<Refusal.ClusterFailed>(TestGateway.RefusalOf(outcome)).Detail, StringComparison.Ordinal);

    private static Task<Outcome<CredentialResponse>> IssueAsync(TestGateway gateway, TestUser user, string grant, string csr) =>
        gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = csr }, null, default));
}
