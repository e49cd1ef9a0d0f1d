namespace AccessGateway.Tests.Issuance;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>The first key that is used is the grant's; another needs a step-up.</summary>
public sealed class GrantKeyTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Issue_AnotherKey_RefusedUntilAStepUpMakesItTheGrants(DatabaseKind kind)
    {
        await using var gateway = await CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "1h");
        var (laptop, other) = (Csrs.New(), Csrs.New());
        Assert.Null((await ReadAsync(gateway, grant.Id)).KeySha256);
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, laptop));
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, laptop));
        var first = (await ReadAsync(gateway, grant.Id)).KeySha256;

        var refused = Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, other)));
        Assert.Equal((StepUpActions.ReplaceKey(grant.Id), TimeSpan.Zero), (refused.Action, refused.MaxAge));
        Assert.Equal((2, first), await CountAsync(gateway, grant.Id));
        var proof = await gateway.ProveAsync(alice, refused.Action);
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, other, proof));
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, other));

        // It moved: the first computer is the other one now, and a spent proof brings nothing back.
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, laptop)));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, laptop, proof)).Code);
        var (leaves, second) = await CountAsync(gateway, grant.Id);
        Assert.Equal(4, leaves);
        var replaced = Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.key_replaced");
        Assert.Equal((first, second, "alice", grant.Id), (replaced.Details["from"], replaced.Details["to"], replaced.Actor, replaced.GrantId));
        Assert.Equal([first, first, second, second], (await gateway.AuditAsync()).Where(row => row.Type == "leaf.issued").Select(row => row.Details["key"]));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Issue_ManyKeysAtOnce_OneWins(DatabaseKind kind)
    {
        await using var gateway = await CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        var outcomes = new ConcurrentBag<Outcome<CredentialResponse>>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => outcomes.Add(await IssueAsync(gateway, alice, grant.Id, Csrs.New())))));
        Assert.Single(outcomes, outcome => outcome.Is(out _, out var _));
        Assert.Equal(7, outcomes.Count(outcome => !outcome.Is(out _, out var refusal) && refusal is Refusal.StepUpRequired));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "leaf.issued");
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Replace_TwoAtOnceWithProofs_OneWins(DatabaseKind kind)
    {
        await using var gateway = await CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "1h");
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, Csrs.New()));
        var action = StepUpActions.ReplaceKey(grant.Id);
        var proofs = new[] { await gateway.ProveAsync(alice, action), await gateway.ProveAsync(alice, action) };
        var outcomes = await Task.WhenAll(proofs.Select(proof => Task.Run(() => IssueAsync(gateway, alice, grant.Id, Csrs.New(), proof))));
        // One after the other both may move it; in the same moment one of them finds another key than it read.
        var moved = outcomes.Count(outcome => outcome.Is(out _, out var _));
        Assert.InRange(moved, 1, 2);
        Assert.Equal(moved, (await gateway.AuditAsync()).Count(row => row.Type == "grant.key_replaced"));
        Assert.Equal(1 + moved, (await CountAsync(gateway, grant.Id)).Leaves);
    }

    /// <summary>A proof for something else, another's, and an earlier step-up for the same: none of them moves a grant.</summary>
    [Fact]
    public async Task Replace_OtherProofs_Refused()
    {
        await using var gateway = await CreateAsync();
        var alice = (await gateway.AddUserAsync("alice", "platform")).In("lo-1");
        var grant = await gateway.GrantAsync(alice, "1h");
        var second = await gateway.GrantAsync(alice, "1h");
        foreach (var id in new[] { grant.Id, second.Id })
            TestGateway.Value(await IssueAsync(gateway, alice, id, Csrs.New()));
        foreach (var action in new[] { StepUpActions.Extend(grant.Id), StepUpActions.ReplaceKey(second.Id) })
            Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, Csrs.New(), await gateway.ProveAsync(alice, action))).Code);
        var elsewhere = await gateway.ProveAsync(alice.In("lo-2"), StepUpActions.ReplaceKey(grant.Id));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await IssueAsync(gateway, alice, grant.Id, Csrs.New(), elsewhere)).Code);
        TestGateway.Value(await IssueAsync(gateway, alice, grant.Id, Csrs.New(), await gateway.ProveAsync(alice, StepUpActions.ReplaceKey(grant.Id))));
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await IssueAsync(gateway, alice, second.Id, Csrs.New())));
    }

    /// <summary>A machine has no MFA to move a grant with: it activates another.</summary>
    [Fact]
    public async Task Issue_MachineWithAnotherKey_RefusedWhateverItSends()
    {
        var config = MachineSetup.WriteConfiguration(api: null);
        await using var gateway = await TestGateway.CreateAsync(config: config);
        await gateway.ListenAsync();
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        using var client = gateway.Anonymous();
        MachineSetup.Use(client, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(gateway.Clock.GetUtcNow())), MachineSetup.Client)).Answer);
        var grant = await MachineSetup.GrantAsync(client);
        var key = Csrs.New();
        Assert.Equal((HttpStatusCode.OK, ""), await PostAsync(client, grant.Id, key, proof: null));
        Assert.Equal((HttpStatusCode.OK, ""), await PostAsync(client, grant.Id, key, proof: "anything"));
        Assert.Equal((HttpStatusCode.Forbidden, ProblemCodes.NotForMachines), await PostAsync(client, grant.Id, Csrs.New(), proof: null));
        Assert.Equal((HttpStatusCode.Forbidden, ProblemCodes.NotForMachines), await PostAsync(client, grant.Id, Csrs.New(), proof: "anything"));
        Directory.Delete(config, recursive: true);
    }

    /// <summary>Over HTTP as RFC 9470 has it, with the key shown by the grant.</summary>
    [Fact]
    public async Task Post_AnotherKey_ChallengeThenProof()
    {
        await using var gateway = await CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        using var client = await gateway.SignInAsync(alice);
        var grant = await gateway.GrantAsync(alice, "1h");
        Assert.Equal((HttpStatusCode.OK, ""), await PostAsync(client, grant.Id, Csrs.New(), proof: null));
        Assert.Equal((HttpStatusCode.Forbidden, ProblemCodes.StepUpRequired), await PostAsync(client, grant.Id, Csrs.New(), proof: null));
        var before = await client.GetFromJsonAsync($"/api/v1/grants/{grant.Id}", GatewayJson.Default.GrantView, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, ""), await PostAsync(client, grant.Id, Csrs.New(), await gateway.ProveAsync(client, alice, StepUpActions.ReplaceKey(grant.Id))));
        var after = await client.GetFromJsonAsync($"/api/v1/grants/{grant.Id}", GatewayJson.Default.GrantView, TestContext.Current.CancellationToken);
        Assert.Matches("^[0-9a-f]{64}$", before!.KeySha256);
        Assert.NotEqual(before.KeySha256, after!.KeySha256);
    }

    private static async Task<(HttpStatusCode Status, string Code)> PostAsync(HttpClient client, string grant, string csr, string? proof)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/grants/{grant}/credential")
        {
            Content = JsonContent.Create(new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest),
        };
        if (proof is not null)
            request.Headers.Add(StepUpActions.Header, proof);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? "" : (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken))!.Code!);
    }

    private static async Task<TestGateway> CreateAsync(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var gateway = await TestGateway.CreateAsync(kind);
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        return gateway;
    }

    private static Task<Outcome<CredentialResponse>> IssueAsync(TestGateway gateway, TestUser user, string grant, string csr, string? proof = null) =>
        gateway.WithAsync<LeafIssuer, Outcome<CredentialResponse>>(issuer => issuer.IssueAsync(user.Caller, grant, new CredentialRequest { Csr = csr }, proof, default));

    private static Task<Grant> ReadAsync(TestGateway gateway, string id) => gateway.WithAsync<Grants, Grant>(grants => grants.ReadAsync(id, default));

    private static async Task<(int Leaves, string? Key)> CountAsync(TestGateway gateway, string id)
    {
        var grant = await ReadAsync(gateway, id);
        var written = await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Leaves.CountAsync(row => row.GrantId == id));
        Assert.Equal(grant.Leaves, written);
        return (grant.Leaves, grant.KeySha256);
    }
}
