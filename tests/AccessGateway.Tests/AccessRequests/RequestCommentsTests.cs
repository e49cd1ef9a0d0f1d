namespace AccessGateway.Tests.AccessRequests;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class RequestCommentsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Add_RequesterReviewerAdministrator_InOrderAndAudited(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, bob, root) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("root", "administrators"));
        var request = await gateway.SubmitAsync(alice, "admin");
        foreach (var (user, text) in new[] { (bob, " which disk?\n"), (alice, "</script>\e[31m"), (root, "go on") })
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            TestGateway.Value(await AddAsync(gateway, user, request.Id, text));
        }

        var comments = TestGateway.Value(await gateway.WithAsync<RequestComments, Outcome<List<RequestComment>>>(service => service.ListAsync(bob.Caller, request.Id, default)));
        Assert.Equal([("bob", "which disk?"), ("alice", "</script>\e[31m"), ("root", "go on")], comments.Select(comment => (comment.Author, comment.Text)));
        Assert.Equal(3, (await gateway.EventsOfAsync(request.Id)).Count(type => type == "access_request.commented"));
    }

    [Fact]
    public async Task Add_StrangerAuditorOrWrongText_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, mallory, auditor) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("mallory", "platform"), await gateway.AddUserAsync("aud", "auditors"));
        var request = await gateway.SubmitAsync(alice, "admin");
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await AddAsync(gateway, mallory, request.Id, "hello")));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await AddAsync(gateway, auditor, request.Id, "hello")));
        foreach (var text in new[] { "", "  \n", new string('x', 501), "nul\0" })
            Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await AddAsync(gateway, alice, request.Id, text)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Add_ManyAtOnce_NeverMoreThanTheLimit(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        for (var i = 0; i < RequestComments.Most - 2; i++)
            TestGateway.Value(await AddAsync(gateway, alice, request.Id, "again"));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => AddAsync(gateway, alice, request.Id, "at once"))));
        Assert.Equal(2, outcomes.Count(outcome => outcome.Is(out _, out _)));
    }

    [Fact]
    public async Task History_Reviewer_SeesEveryEventInOrderAndStrangersNone()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, bob, carol) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("carol", "sre"));
        var mallory = await gateway.AddUserAsync("mallory", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        await gateway.ReviewAsync(bob, request.Id);
        await gateway.ReviewAsync(carol, request.Id);
        await gateway.ActivateAsync(alice, request.Id);
        Task<Outcome<List<AuditEvent>>> HistoryAsync(TestUser user) => gateway.WithAsync<RequestHistory, Outcome<List<AuditEvent>>>(history => history.ListAsync(user.Caller, request.Id, 50, after: null, default));
        Assert.Equal(
            ["access_request.submitted", "access_request.reviewed", "access_request.reviewed", "access_request.approved", "grant.activated"],
            TestGateway.Value(await HistoryAsync(bob)).Select(row => row.Type));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await HistoryAsync(mallory)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_Filters_OnlyWhatMatches(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var disk = TestGateway.Value(await gateway.TrySubmitAsync(alice, Workflow.Asked() with { Reason = "The DISK is full" }));
        await gateway.SubmitAsync(alice, "admin");
        async Task<List<string>> ListAsync(RequestFilter filter) => [.. (await gateway.WithAsync<AccessRequests, (IReadOnlyList<AccessRequest> Items, Cursor?)>(requests =>
            requests.ListAsync(alice.Caller, filter, 50, after: null, default))).Items.Select(request => request.Id)];
        Assert.Equal([disk.Id], await ListAsync(new RequestFilter(null, RequestRole.Any) { Text = "the disk is" }));
        Assert.Empty(await ListAsync(new RequestFilter(null, RequestRole.Any) { Cluster = "prod" }));
        Assert.Equal(2, (await ListAsync(new RequestFilter(null, RequestRole.Any) { Cluster = "dev" })).Count);
        Assert.Empty(await ListAsync(new RequestFilter(null, RequestRole.Any) { ToReview = true }));
    }

    private static Task<Outcome<RequestComment>> AddAsync(TestGateway gateway, TestUser user, string id, string text) =>
        gateway.WithAsync<RequestComments, Outcome<RequestComment>>(comments => comments.AddAsync(user.Caller, id, text, default));
}
