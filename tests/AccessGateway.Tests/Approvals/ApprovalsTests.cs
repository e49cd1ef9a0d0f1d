namespace AccessGateway.Tests.Approvals;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class ApprovalsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_QuorumOfTwo_ApprovedByTheSecond(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (bob, carol) = (await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("carol", "sre"));
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.Equal(AccessRequestState.Pending, TestGateway.Value(await gateway.ReviewAsync(bob, request.Id)).State);
        Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(carol, request.Id)).State);
        Assert.Equal(
            ["access_request.submitted", "access_request.reviewed", "access_request.reviewed", "access_request.approved"],
            (await gateway.AuditAsync()).Where(row => row.AccessRequestId == request.Id).Select(row => row.Type));
    }

    [Fact]
    public async Task Review_OneDeny_DeniesAtOnce()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (bob, carol) = (await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("carol", "sre"));
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.Equal(AccessRequestState.Denied, TestGateway.Value(await gateway.ReviewAsync(bob, request.Id, ReviewVerdict.Deny)).State);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.ReviewAsync(carol, request.Id)));
    }

    [Fact]
    public async Task Review_OwnRequest_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform", "sre", "administrators");
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.Equal(ProblemCodes.OwnRequest, TestGateway.RefusalOf(await gateway.ReviewAsync(alice, request.Id)).Code);
    }

    [Fact]
    public async Task Review_NotNamedByPolicy_RefusedOrUnknown()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var auditor = await gateway.AddUserAsync("aud", "auditors");
        var mallory = await gateway.AddUserAsync("mallory", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.ReviewAsync(auditor, request.Id)));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.ReviewAsync(mallory, request.Id)));
    }

    [Fact]
    public async Task Review_Twice_SecondRefused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var bob = await gateway.AddUserAsync("bob", "sre");
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.NotNull(TestGateway.Value(await gateway.ReviewAsync(bob, request.Id)));
        Assert.Equal(ProblemCodes.AlreadyReviewed, TestGateway.RefusalOf(await gateway.ReviewAsync(bob, request.Id)).Code);
    }

    [Fact]
    public async Task Review_WithoutStepUpOrOtherDigest_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var bob = await gateway.AddUserAsync("bob", "sre");
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.Equal($"review:{request.Id}", Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryReviewAsync(bob, request.Id, proof: null))).Action);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryReviewAsync(bob, request.Id, proof: null, digest: new string('0', 64))));
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryReviewAsync(bob, request.Id, proof: null, digest: request.Digest())));
    }

    /// <summary>I7: the last two reviewers at once make one approval, and neither verdict is lost.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_ManyAtOnce_OneApproval(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        var reviewers = new List<(TestUser User, string Proof)>();
        foreach (var i in Enumerable.Range(0, 4))
            reviewers.Add((await gateway.AddUserAsync($"sre{i}", "sre"), ""));
        for (var i = 0; i < reviewers.Count; i++)
            reviewers[i] = (reviewers[i].User, await gateway.ProveAsync(reviewers[i].User, StepUpActions.Review(request.Id)));
        // The first proofs are two time steps old by now, and proofs live two minutes.
        var outcomes = await Task.WhenAll(reviewers.Select(reviewer => Task.Run(() => gateway.TryReviewAsync(reviewer.User, request.Id, reviewer.Proof))));
        Assert.Equal(2, outcomes.Count(outcome => outcome.Is(out _, out _)));
        var events = (await gateway.AuditAsync()).Where(row => row.AccessRequestId == request.Id).Select(row => row.Type).ToList();
        Assert.Equal(2, events.Count(type => type == "access_request.reviewed"));
        Assert.Equal(1, events.Count(type => type == "access_request.approved"));
    }
}
