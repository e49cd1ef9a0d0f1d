namespace AccessGateway.Tests.Issuance;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class LeafIssuerTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Issue_ActiveGrant_LeafOfTheGrantRecordedBeforeItIsGiven(DatabaseKind kind)
    {
        await using var gateway = await CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var credential = TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, Csrs.New("O=system:masters, CN=admin")));
        using var leaf = X509Certificate2.CreateFromPem(credential.Certificate);
        Assert.Equal($"CN=alice, O=jit:{grant.Id}", leaf.Subject);
        Assert.True(credential.NotAfter <= grant.NotAfter);
        var issued = Assert.Single(await gateway.AuditAsync(), row => row.Type == "leaf.issued");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(leaf.RawData)), issued.Details["sha256"]);
    }

    [Fact]
    public async Task Issue_GrantEndsSoon_LeafEndsWithIt()
    {
        await using var gateway = await CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "8h");
        var csr = Csrs.New();
        Assert.Equal(gateway.Clock.GetUtcNow().AddMinutes(10), TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, csr)).NotAfter, TimeSpan.FromSeconds(1));
        gateway.Clock.Advance(TimeSpan.FromHours(8) - TimeSpan.FromMinutes(3));
        var last = TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, csr)).NotAfter;
        Assert.InRange(last, grant.NotAfter.AddSeconds(-1), grant.NotAfter);
    }

    [Fact]
    public async Task Issue_EndedGrant_Refused()
    {
        await using var gateway = await CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var expired = await gateway.GrantAsync(alice);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, expired.Id, Csrs.New())));
        var relinquished = await gateway.GrantAsync(alice);
        await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, relinquished.Id, default));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, relinquished.Id, Csrs.New())));
    }

    [Fact]
    public async Task Issue_ThousandsOfOneGrant_RefusedInTheEnd()
    {
        await using var gateway = await CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var csr = Csrs.New();
        await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Grants.Where(row => row.Id == grant.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, 9_999)));
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, csr));
        Assert.Contains("had 10000 certificates", TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, csr)).Detail, StringComparison.Ordinal);
        Assert.Equal(1, await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Leaves.CountAsync()));
    }

    [Fact]
    public async Task Issue_AnothersGrant_NotFoundAndAuditorsNeither()
    {
        await using var gateway = await CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var mallory = await gateway.AddUserAsync("mallory", "platform");
        var root = await gateway.AddUserAsync("root", "administrators");
        var grant = await gateway.GrantAsync(alice);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await IssueAsync(gateway, mallory, grant.Id, Csrs.New())));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await IssueAsync(gateway, root, grant.Id, Csrs.New())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public async Task Issue_BadCsr_Refused(string csr)
    {
        await using var gateway = await CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.Equal(ProblemCodes.CsrRefused, TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, csr)).Code);
    }

    /// <summary>I10. The signer is the cluster's own, which nothing keeps from repeating itself: the leaf is not given away a second time.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Issue_SignerRepeatsASerial_RefusedAndNothingWritten(DatabaseKind kind)
    {
        await using var gateway = await CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (first, second) = (await gateway.GrantAsync(alice), await gateway.GrantAsync(alice));
        var credential = TestGateway.Value(await IssueAsync(gateway, alice, first.Id, Csrs.New()));
        var leaf = Leaf.Parse(credential.Certificate);
        var refusal = await gateway.WithAsync<LeafRecords, Refusal?>(records =>
            records.WriteAsync(alice.Caller, new LeafEntry(second, leaf, "00", gateway.Clock.GetUtcNow()), proof: null, default));
        Assert.Contains($"the serial {leaf.Serial} a second time", Assert.IsType<Refusal.ClusterFailed>(refusal).Detail, StringComparison.Ordinal);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "leaf.issued");
        Assert.Equal((0, null), await gateway.WithAsync<Grants, (int, string?)>(async grants => await grants.ReadAsync(second.Id, default) is var now ? (now.Leaves, now.KeySha256) : default));
    }

    [Fact]
    public async Task Issue_NoCaYet_SaysWhatToDo()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.Contains("ca init dev", TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, Csrs.New())).Detail, StringComparison.Ordinal);
    }

    private static async Task<TestGateway> CreateAsync(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var gateway = await TestGateway.CreateAsync(kind);
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        return gateway;
    }

    private static Task<Outcome<CredentialResponse>> IssueAsync(TestGateway gateway, TestUser user, string grant, string csr) =>
        gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = csr }, null, default));
}
