namespace AccessGateway.Tests.Grants;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class GrantsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_Approved_ClockStartsNow(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        gateway.Clock.Advance(TimeSpan.FromHours(3));
        var grant = await gateway.ActivateAsync(alice, request.Id);
        Assert.Equal(gateway.Clock.GetUtcNow(), grant.NotBefore);
        Assert.Equal(TimeSpan.FromMinutes(10), grant.NotAfter - grant.NotBefore);
        Assert.Equal(GrantState.Active, grant.State);
    }

    [Fact]
    public async Task Activate_PendingDeniedWithdrawnForeignOrTooLate_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var bob = await gateway.AddUserAsync("bob", "platform");
        var pending = await gateway.SubmitAsync(alice, "admin");
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, pending.Id, "x")));
        var approved = await gateway.SubmitAsync(alice);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.TryActivateAsync(bob, approved.Id, "x")));
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, approved.Id, null)));
        gateway.Clock.Advance(TimeSpan.FromHours(24));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, approved.Id, "x")));
    }

    [Fact]
    public async Task Activate_StartsLater_NotBefore()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = TestGateway.Value(await gateway.TrySubmitAsync(alice, Workflow.Asked() with { StartsAt = gateway.Clock.GetUtcNow().AddHours(2) }));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, request.Id, "x")));
        gateway.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(GrantState.Active, (await gateway.ActivateAsync(alice, request.Id)).State);
    }

    /// <summary>I7: many activations of one request at once make one grant.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_ManyAtOnce_OneGrant(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        var proofs = new List<string>();
        foreach (var _ in Enumerable.Range(0, 3))
            proofs.Add(await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id)));
        var outcomes = await Task.WhenAll(proofs.Concat(proofs).Select(proof => Task.Run(() => gateway.TryActivateAsync(alice, request.Id, proof))));
        Assert.Equal(1, outcomes.Count(outcome => outcome.Is(out _, out _)));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.activated");
    }

    /// <summary>I7: revoked, given back and expired at once: it ends once, one way.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task End_EveryWayAtOnce_OneEnd(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var admin = await gateway.AddUserAsync("root", "administrators");
        var grant = await gateway.GrantAsync(alice);
        await Task.WhenAll(Enumerable.Range(0, 9).Select(i => Task.Run(async () => await gateway.WithAsync<Grants, object?>(async grants =>
        {
            if (i % 3 == 0)
                await grants.RevokeAsync(admin.Caller, grant.Id, default);
            else if (i % 3 == 1)
                await grants.RelinquishAsync(alice.Caller, grant.Id, default);
            else
                await ExpireAsync(gateway);
            return null;
        }))));
        Assert.Single(await gateway.AuditAsync(), row => row.Type is "grant.revoked" or "grant.relinquished" or "grant.expired");
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task ExpireDue_AtTheEnd_ExpiredOnceWithItsTime(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        await ExpireAsync(gateway);
        Assert.Equal(GrantState.Active, (await FindAsync(gateway, alice, grant.Id)).State);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        await Task.WhenAll(ExpireAsync(gateway), ExpireAsync(gateway), ExpireAsync(gateway));
        var ended = await FindAsync(gateway, alice, grant.Id);
        Assert.Equal((GrantState.Expired, grant.NotAfter), (ended.State, ended.EndedAt));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.expired");
    }

    [Fact]
    public async Task Find_AnothersGrant_NotFound()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var mallory = await gateway.AddUserAsync("mallory", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(mallory.Caller, grant.Id, default))));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(mallory.Caller, grant.Id, default))));
    }

    /// <summary>A revocation is never lost to an extension that comes between its look and its write.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Revoke_ExtendedAtTheSameTime_RevokedAnyway(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var admin = await gateway.AddUserAsync("root", "administrators");
        foreach (var _ in Enumerable.Range(0, 5))
        {
            var grant = await gateway.GrantAsync(alice);
            var proof = await gateway.ProveAsync(alice, StepUpActions.Extend(grant.Id));
            var extended = Task.Run(() => gateway.TryExtendAsync(alice, grant.Id, "5m", proof));
            var revoked = Task.Run(() => gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RevokeAsync(admin.Caller, grant.Id, default)));
            await extended;
            Assert.Equal(GrantState.Revoked, TestGateway.Value(await revoked).State);
            Assert.Equal(GrantState.Revoked, (await FindAsync(gateway, alice, grant.Id)).State);
        }
    }

    /// <summary>Policy is asked again when access is about to begin: what it offered when it was approved does not count.</summary>
    [Fact]
    public async Task Activate_PolicyChangedSinceApproval_Refused()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var data = Directory.CreateTempSubdirectory("access-gateway-policy-").FullName;
        await using var before = await TestGateway.CreateAsync(database: database, data: data);
        var alice = await before.AddUserAsync("alice", "platform");
        var request = await before.SubmitAsync(alice, duration: "2h");
        var documents = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1")).Replace("maxDuration: 8h", "maxDuration: 1h", StringComparison.Ordinal);
        await using var after = await TestGateway.CreateAsync(database: database, clock: before.Clock, data: data, documents: documents);
        var refusal = TestGateway.RefusalOf(await after.TryActivateAsync(alice, request.Id, "x"));
        Assert.Equal(ProblemCodes.NotOffered, refusal.Code);
        Assert.Contains("1h", refusal.Detail, StringComparison.Ordinal);
        Assert.NotNull(await before.ActivateAsync(alice, request.Id));
        Directory.Delete(data, recursive: true);
    }

    private static Task<int> ExpireAsync(TestGateway gateway) => gateway.WithAsync<GrantExpiry, int>(async expiry =>
    {
        await expiry.ExpireDueAsync(default);
        return 0;
    });

    private static async Task<Grant> FindAsync(TestGateway gateway, TestUser user, string id) =>
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(user.Caller, id, default)));
}
