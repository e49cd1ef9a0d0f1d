namespace AccessGateway.Tests.Grants;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class ExtensionsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Extend_AutomaticWithinTheLimit_MovedAtOnce(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "30m");
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, grant.Id, "10m", proof: null)));
        var moved = Assert.IsType<Extension.Moved>(TestGateway.Value(await gateway.TryExtendAsync(alice, grant.Id, "10m", await gateway.ProveAsync(alice, StepUpActions.Extend(grant.Id)))));
        Assert.Equal(grant.NotAfter.AddMinutes(10), moved.Grant.NotAfter);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Extend_AutomaticBeyondTheLimit_AdministratorsDecide(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var root = await gateway.AddUserAsync("root", "administrators");
        var grant = await gateway.GrantAsync(alice, "30m");
        var request = await gateway.AskForMoreAsync(alice, grant.Id, "1h");
        Assert.Equal((AccessRequestState.Pending, AccessRequestKind.Extension, grant.Id), (request.State, request.Kind, request.ExtendsGrantId));
        Assert.Equal(grant.NotAfter, (await ReadAsync(gateway, alice, grant.Id)).NotAfter);

        Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(root, request.Id)).State);
        // Approval moves nothing; activation does, with a step-up.
        Assert.Equal(grant.NotAfter, (await ReadAsync(gateway, alice, grant.Id)).NotAfter);
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryActivateExtensionAsync(alice, request.Id, proof: null)));
        var extended = TestGateway.Value(await gateway.TryActivateExtensionAsync(alice, request.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id))));
        Assert.Equal(grant.NotAfter.AddHours(1), extended.NotAfter);
        Assert.Equal(["access_request.submitted", "access_request.reviewed", "access_request.approved", "grant.extended"], await gateway.EventsOfAsync(request.Id));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateExtensionAsync(alice, request.Id, "x")));
    }

    [Theory]
    [InlineData("2h")]
    [InlineData("99999999999999999999h")]
    [InlineData("-5m")]
    [InlineData("0s")]
    [InlineData("soon")]
    public async Task Extend_BeyondMaxTotalDurationOrNoDuration_Refused(string by)
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "30m");
        Assert.True(Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, grant.Id, by, "x"))).Errors.ContainsKey("duration"));
    }

    [Fact]
    public async Task Extend_RoleWithApproval_SameReviewersAndNeverBeyondMaxDuration()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform", "sre"), await gateway.AddUserAsync("bob", "sre"));
        var grant = await AdminAsync(gateway, alice, bob);
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, grant.Id, "3h", null)));
        var request = await gateway.AskForMoreAsync(alice, grant.Id, "30m");
        Assert.Equal(ProblemCodes.OwnRequest, TestGateway.RefusalOf(await gateway.ReviewAsync(alice, request.Id)).Code);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, grant.Id, "10m", null)));
        Assert.Equal(AccessRequestState.Denied, TestGateway.Value(await gateway.ReviewAsync(bob, request.Id, ReviewVerdict.Deny)).State);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateExtensionAsync(alice, request.Id, "x")));
    }

    /// <summary>Reviewers approved an instant: what was gained meanwhile does not come on top.</summary>
    [Fact]
    public async Task ActivateExtension_ExtendedMeanwhile_NeverBeyondTheApprovedEnd()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var (alice, root) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("root", "administrators"));
        var grant = await gateway.GrantAsync(alice, "30m");
        var request = await gateway.AskForMoreAsync(alice, grant.Id, "1h");
        await gateway.ReviewAsync(root, request.Id);
        TestGateway.Value(await gateway.TryExtendAsync(alice, grant.Id, "20m", await gateway.ProveAsync(alice, StepUpActions.Extend(grant.Id))));
        var extended = TestGateway.Value(await gateway.TryActivateExtensionAsync(alice, request.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id))));
        Assert.Equal(grant.NotAfter.AddHours(1), extended.NotAfter);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task End_ExtensionPending_ExpiresWithTheGrant(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "30m");
        var request = await gateway.AskForMoreAsync(alice, grant.Id, "1h");
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
        Assert.Equal(AccessRequestState.Expired, TestGateway.Value(await gateway.FindAsync(alice, request.Id)).State);
        Assert.Contains("access_request.expired", await gateway.EventsOfAsync(request.Id));
    }

    /// <summary>I7: many activations of one extension, and a revocation, at once: extended once at most, revoked in any case.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task ActivateExtension_ManyAtOnceAndRevoked_OneExtensionAndTheEnd(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var (alice, root) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("root", "administrators"));
        var grant = await gateway.GrantAsync(alice, "30m");
        var request = await gateway.AskForMoreAsync(alice, grant.Id, "1h");
        await gateway.ReviewAsync(root, request.Id);
        var proofs = new[] { await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id)), await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id)) };
        var activations = proofs.Select(proof => Task.Run(() => gateway.TryActivateExtensionAsync(alice, request.Id, proof))).ToList();
        var revoked = Task.Run(() => gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RevokeAsync(root.Caller, grant.Id, default)));
        await Task.WhenAll(activations);
        Assert.Equal(GrantState.Revoked, TestGateway.Value(await revoked).State);
        Assert.True((await gateway.AuditAsync()).Count(row => row.Type == "grant.extended") <= 1);
        Assert.Equal(GrantState.Revoked, (await ReadAsync(gateway, alice, grant.Id)).State);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Extend_TwoAskAtOnce_OneRequest(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice, "30m");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => gateway.TryExtendAsync(alice, grant.Id, "1h", proof: null))));
        Assert.Single(outcomes, outcome => outcome.Is(out _, out _));
    }

    private static async Task<Grant> AdminAsync(TestGateway gateway, TestUser requester, TestUser reviewer)
    {
        var request = await gateway.SubmitAsync(requester, "admin", "1h");
        TestGateway.Value(await gateway.ReviewAsync(reviewer, request.Id));
        return await gateway.ActivateAsync(requester, request.Id);
    }

    private static async Task<Grant> ReadAsync(TestGateway gateway, TestUser user, string id) =>
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(user.Caller, id, default)));
}
