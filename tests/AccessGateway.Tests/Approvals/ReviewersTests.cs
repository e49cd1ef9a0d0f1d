namespace AccessGateway.Tests.Approvals;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class ReviewersTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_ManagerOfRequester_OnlyTheirManagerGroup(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "managed-by.team-a-leads");
        var (mine, other) = (await gateway.AddUserAsync("mona", "team-a-leads"), await gateway.AddUserAsync("otto", "team-b-leads"));
        var request = await gateway.SubmitAsync(alice, "managed");
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.TryReviewAsync(other, request.Id, proof: null)));
        Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(mine, request.Id)).State);
    }

    [Fact]
    public async Task Submit_ManagerNeededAndNoneKnown_SaysSo()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "managed-by.");
        Assert.Contains("manager", TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked("managed"))).Detail, StringComparison.Ordinal);
    }

    /// <summary>The same person at the provider, tied to another account since: still the same person.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_OwnRequestThroughAnotherAccountOfTheIdentity_Refused(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, second) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("alice2", "sre"));
        await LinkAsync(gateway, alice, from: null);
        var request = await gateway.SubmitAsync(alice, "admin");
        await LinkAsync(gateway, second, from: alice);
        Assert.Equal(ProblemCodes.OwnRequest, TestGateway.RefusalOf(await gateway.ReviewAsync(second, request.Id)).Code);
    }

    [Fact]
    public async Task Review_AgainThroughAnotherAccountOfTheIdentity_CountsOnce()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, bob, second) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("bob2", "sre"));
        await LinkAsync(gateway, bob, from: null);
        var request = await gateway.SubmitAsync(alice, "admin");
        TestGateway.Value(await gateway.ReviewAsync(bob, request.Id));
        await LinkAsync(gateway, second, from: bob);
        Assert.Equal(ProblemCodes.AlreadyReviewed, TestGateway.RefusalOf(await gateway.ReviewAsync(second, request.Id)).Code);
    }

    /// <summary>An account that was made anew, and a name in other letters.</summary>
    [Fact]
    public async Task Review_SameNameOtherAccountOrLetterCase_StillTheOwn()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        foreach (var name in new[] { "alice", "ALICE", "Alice" })
            Assert.Equal(ProblemCodes.OwnRequest, TestGateway.RefusalOf(await gateway.TryReviewAsync(new TestUser(new Caller("us-other", name, ["sre", "auditors"]), [], ""), request.Id, "x")).Code);
    }

    /// <summary>Review, withdrawal and expiry at once: one of them decides, and the audit log tells the same.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_WithdrawnAndExpiredAtOnce_OneWins(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"));
        for (var i = 0; i < 4; i++)
        {
            var request = await gateway.SubmitAsync(alice, "admin");
            var proof = await gateway.ProveAsync(bob, StepUpActions.Review(request.Id));
            var reviewed = Task.Run(() => gateway.TryReviewAsync(bob, request.Id, proof, i % 2 == 0 ? ReviewVerdict.Approve : ReviewVerdict.Deny));
            var withdrawn = Task.Run(() => gateway.WithdrawAsync(alice, request.Id));
            var expired = Task.Run(gateway.PassAsync);
            await Task.WhenAll(reviewed, withdrawn, expired);
            var state = TestGateway.Value(await gateway.FindAsync(alice, request.Id)).State;
            var events = await gateway.EventsOfAsync(request.Id);
            Assert.Equal(state == AccessRequestState.Withdrawn, events.Contains("access_request.withdrawn"));
            Assert.Equal(state == AccessRequestState.Denied, events.Contains("access_request.denied") && !events.Contains("access_request.withdrawn"));
            Assert.True(events.Count(type => type is "access_request.denied" or "access_request.withdrawn" or "access_request.expired") <= 1, string.Join(", ", events));
        }
    }

    private static Task<int> LinkAsync(TestGateway gateway, TestUser to, TestUser? from) => gateway.InScopeAsync(async services =>
    {
        var db = services.GetRequiredService<GatewayDbContext>();
        if (from is not null)
            db.ProviderIdentities.Remove(db.ProviderIdentities.Single(row => row.UserId == from.Caller.UserId));
        await db.SaveChangesAsync();
        db.ProviderIdentities.Add(new ProviderIdentity { UserId = to.Caller.UserId, Provider = "corp", Issuer = "https://corp", Subject = "person-1", CreatedAt = gateway.Clock.GetUtcNow() });
        return await db.SaveChangesAsync();
    });
}
