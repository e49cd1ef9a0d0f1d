namespace AccessGateway.Tests.Issuance;

using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Issuance;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

/// <summary>A cluster's CA is replaced step by step; what an API server really accepts is tested end to end.</summary>
public sealed class TrustAnchorRotationTests
{
    private static readonly string Csr = Csrs.New();

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Rotate_StepByStep_NextSignsThenTheOldOneGoes(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, apiServer: api);
        var old = await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "2h");
        AssertSignedBy(old, await LeafAsync(gateway, alice, grant.Id));

        var next = TestGateway.Value(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default)));
        Assert.Equal(next.Id, TestGateway.Value(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default))).Id);
        AssertSignedBy(old, await LeafAsync(gateway, alice, grant.Id));

        // The API server does not trust it yet.
        api.Fault = request => request.Path == "/api" ? StatusCodes.Status401Unauthorized : null;
        Assert.Contains("does not trust this CA", TestGateway.RefusalOf(await ActivateAsync(gateway)).Detail, StringComparison.Ordinal);
        AssertSignedBy(old, await LeafAsync(gateway, alice, grant.Id));
        api.Fault = request => request.Path == "/api" ? StatusCodes.Status200OK : null;
        Assert.Equal(next.Id, TestGateway.Value(await ActivateAsync(gateway)).Id);
        gateway.Clock.Advance(TrustAnchorRotation.Notice);
        AssertSignedBy(next.CertificatePem, await LeafAsync(gateway, alice, grant.Id));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await ActivateAsync(gateway)));

        // The last leaf of the old one still lives.
        Assert.Contains("are valid until", TestGateway.RefusalOf(await FinishAsync(gateway)).Detail, StringComparison.Ordinal);
        Assert.Contains("--finish", TestGateway.RefusalOf(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default))).Detail, StringComparison.Ordinal);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        TestGateway.Value(await FinishAsync(gateway));
        Assert.Equal([next.Id], (await gateway.WithAsync<TrustAnchors, IReadOnlyList<TrustAnchor>>(anchors => anchors.ListAsync(TestGateway.Cluster, default))).Select(anchor => anchor.Id));
        AssertSignedBy(next.CertificatePem, await LeafAsync(gateway, alice, grant.Id));
        Assert.Equal(
            [AuditEvents.TrustAnchorCreated, AuditEvents.TrustAnchorCreated, AuditEvents.TrustAnchorActivated, AuditEvents.TrustAnchorDeleted],
            (await gateway.AuditAsync()).Select(row => row.Type).Where(type => type.StartsWith("trust_anchor.", StringComparison.Ordinal)));
    }

    /// <summary>Another process rotates: this one goes on with what it has open, for five seconds at most.</summary>
    [Fact]
    public async Task Rotate_InAnotherProcess_SeenWithinNotice()
    {
        await using var pair = await GatewayPair.CreateAsync(DatabaseKind.Sqlite);
        var old = await pair.First.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        var alice = await pair.First.AddUserAsync("alice", "platform");
        var grant = await pair.First.GrantAsync(alice, "2h");
        AssertSignedBy(old, await LeafAsync(pair.First, alice, grant.Id));
        var next = TestGateway.Value(await RotateAsync(pair.Second, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default)));
        TestGateway.Value(await ActivateAsync(pair.Second, @unchecked: true));
        AssertSignedBy(old, await LeafAsync(pair.First, alice, grant.Id));
        pair.First.Clock.Advance(TrustAnchorRotation.Notice);
        AssertSignedBy(next.CertificatePem, await LeafAsync(pair.First, alice, grant.Id));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_ManyAtOnce_OneWins(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        TestGateway.Value(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default)));
        var won = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            if ((await ActivateAsync(gateway, @unchecked: true)).Is(out var anchor, out var _))
                won.Add(anchor.Id);
        })));
        Assert.Single(won);
        Assert.Equal(
            [TrustAnchorState.Signing, TrustAnchorState.Outgoing],
            (await gateway.WithAsync<TrustAnchors, IReadOnlyList<TrustAnchor>>(anchors => anchors.ListAsync(TestGateway.Cluster, default))).Select(anchor => anchor.State));
    }

    [Fact]
    public async Task Rotate_NothingThere_SaysWhatToDo()
    {
        await using var gateway = await TestGateway.CreateAsync();
        Assert.Contains("ca init dev", TestGateway.RefusalOf(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", TestGateway.Cluster, default))).Detail, StringComparison.Ordinal);
        Assert.Contains("ca rotate dev", TestGateway.RefusalOf(await ActivateAsync(gateway)).Detail, StringComparison.Ordinal);
        Assert.Contains("no outgoing CA", TestGateway.RefusalOf(await FinishAsync(gateway)).Detail, StringComparison.Ordinal);
        Assert.Contains("no next CA", TestGateway.RefusalOf(await RotateAsync(gateway, rotation => rotation.AbandonAsync("test", TestGateway.Cluster, default))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_ClusterOutOfReachOrNotRegistered_RefusedUnlessUnchecked()
    {
        await using var gateway = await TestGateway.CreateAsync();
        foreach (var (cluster, problem) in new[] { (TestGateway.Cluster, "cannot be asked"), ("elsewhere", "not registered") })
        {
            await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", cluster, default));
            TestGateway.Value(await RotateAsync(gateway, rotation => rotation.BeginAsync("test", cluster, default)));
            Assert.Contains(problem, TestGateway.RefusalOf(await RotateAsync(gateway, rotation => rotation.ActivateAsync("test", cluster, @unchecked: false, default))).Detail, StringComparison.Ordinal);
            TestGateway.Value(await RotateAsync(gateway, rotation => rotation.AbandonAsync("test", cluster, default)));
        }
    }

    private static Task<Outcome<TrustAnchor>> RotateAsync(TestGateway gateway, Func<TrustAnchorRotation, Task<Outcome<TrustAnchor>>> act) => gateway.WithAsync(act);

    private static Task<Outcome<TrustAnchor>> ActivateAsync(TestGateway gateway, bool @unchecked = false) =>
        RotateAsync(gateway, rotation => rotation.ActivateAsync("test", TestGateway.Cluster, @unchecked, default));

    private static Task<Outcome<TrustAnchor>> FinishAsync(TestGateway gateway) => RotateAsync(gateway, rotation => rotation.FinishAsync("test", TestGateway.Cluster, default));

    private static async Task<X509Certificate2> LeafAsync(TestGateway gateway, TestUser user, string grant)
    {
        var credential = TestGateway.Value(await gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = Csr }, null, default)));
        return X509Certificate2.CreateFromPem(credential.Certificate);
    }

    private static void AssertSignedBy(string anchorPem, X509Certificate2 leaf)
    {
        using var anchor = X509Certificate2.CreateFromPem(anchorPem);
        using (leaf)
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(anchor);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationTime = leaf.NotBefore.AddSeconds(90);
            Assert.True(chain.Build(leaf), string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation)));
        }
    }
}
