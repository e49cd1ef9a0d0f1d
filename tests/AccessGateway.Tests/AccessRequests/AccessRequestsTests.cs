namespace AccessGateway.Tests.AccessRequests;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class AccessRequestsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_AutomaticRole_ApprovedAtOnceAndAudited(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        Assert.Equal(AccessRequestState.Approved, request.State);
        Assert.Equal(["access_request.submitted", "access_request.approved"], (await gateway.AuditAsync()).Where(row => row.AccessRequestId == request.Id).Select(row => row.Type));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_RoleWithApproval_Pending(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        Assert.Equal(AccessRequestState.Pending, (await gateway.SubmitAsync(alice, "admin")).State);
    }

    public static TheoryData<string, SubmitAccessRequest> Wrong => new()
    {
        { "duration", Workflow.Asked(duration: "0s") },
        { "duration", Workflow.Asked(duration: "-5m") },
        { "duration", Workflow.Asked(duration: "NaN") },
        { "duration", Workflow.Asked(duration: "99999999999999999999h") },
        { "duration", Workflow.Asked(duration: "9h") },
        { "duration", Workflow.Asked(duration: "") },
        { "reason", Workflow.Asked() with { Reason = null } },
        { "reason", Workflow.Asked() with { Reason = "abc" } },
        { "reason", Workflow.Asked() with { Reason = new string('x', 501) } },
        { "ticket", Workflow.Asked() with { Ticket = new string('x', 101) } },
        { "cluster", Workflow.Asked() with { Cluster = "../etc" } },
        { "role", Workflow.Asked() with { Role = "system:masters" } },
        { "namespaces", Workflow.Asked("viewer", "10m", "payments-api") },
        { "namespaces", Workflow.Asked("editor") },
        { "namespaces", Workflow.Asked("editor", "10m", "kube-system") },
        { "namespaces", Workflow.Asked("editor", "10m", "payments-api", "kube-system") },
        { "namespaces", Workflow.Asked("editor", "10m", "pay*") },
        { "namespaces", Workflow.Asked("editor", "10m", [.. Enumerable.Range(0, 51).Select(i => $"payments-{i}")]) },
        { "startsAt", Workflow.Asked() with { StartsAt = DateTimeOffset.MaxValue } },
        { "startsAt", Workflow.Asked() with { StartsAt = DateTimeOffset.UnixEpoch } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Submit_WrongValue_NamesTheField(string field, SubmitAccessRequest asked)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var invalid = Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, asked)));
        Assert.True(invalid.Errors.ContainsKey(field), string.Join(", ", invalid.Errors.Keys));
    }

    [Fact]
    public async Task Submit_UnknownClusterUnknownRoleOrNoRequester_SameRefusal()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var eve = await gateway.AddUserAsync("eve", "sales");
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked() with { Cluster = "nowhere" })).Code);
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked("owner"))).Code);
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TrySubmitAsync(eve, Workflow.Asked())).Code);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_SameIdempotencyKey_OneRequest(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var first = TestGateway.Value(await gateway.TrySubmitAsync(alice, Workflow.Asked(), "key"));
        Assert.Equal(first.Id, TestGateway.Value(await gateway.TrySubmitAsync(alice, Workflow.Asked(), "key")).Id);
        Assert.Equal(ProblemCodes.IdempotencyKeyReused, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked("admin"), "key")).Code);
        Assert.Equal(ProblemCodes.IdempotencyKeyReused, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked(duration: "20m"), "key")).Code);
    }

    [Fact]
    public async Task Submit_SameIdempotencyKeyAtOnce_OneRequest()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => gateway.TrySubmitAsync(alice, Workflow.Asked(), "key"))));
        Assert.Single(outcomes.Select(outcome => TestGateway.Value(outcome).Id).Distinct());
    }

    [Fact]
    public async Task Find_AnothersRequest_NotFoundUnlessReviewer()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var mallory = await gateway.AddUserAsync("mallory", "platform");
        var reviewer = await gateway.AddUserAsync("rita", "sre");
        var request = await gateway.SubmitAsync(alice, "admin");
        Task<Outcome<AccessRequest>> FindAsync(TestUser user) => gateway.WithAsync<AccessRequests, Outcome<AccessRequest>>(requests => requests.FindAsync(user.Caller, request.Id, default));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await FindAsync(mallory)));
        Assert.Equal(request.Id, TestGateway.Value(await FindAsync(reviewer)).Id);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Withdraw_PendingThenAgain_OnceAndThenConflict(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        Task<Outcome<AccessRequest>> WithdrawAsync() => gateway.WithAsync<RequestEnds, Outcome<AccessRequest>>(ends => ends.WithdrawAsync(alice.Caller, request.Id, default));
        Assert.Equal(AccessRequestState.Withdrawn, TestGateway.Value(await WithdrawAsync()).State);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await WithdrawAsync()));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task ExpireDue_PendingPastItsLifetime_ExpiredOnceAndAudited(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "admin");
        gateway.Clock.Advance(TimeSpan.FromHours(24));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.WithAsync<RequestEnds, int>(async ends =>
        {
            await ends.ExpireDueAsync(default);
            return 0;
        })));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.expired" && row.AccessRequestId == request.Id);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_PageByPage_EachOnceNewestFirst(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            // Two at a time share their instant: the id then decides.
            if (i % 2 == 0)
                gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            ids.Add((await gateway.SubmitAsync(alice)).Id);
        }

        var seen = new List<string>();
        Cursor? cursor = null;
        do
        {
            var (items, next) = await gateway.WithAsync<AccessRequests, (IReadOnlyList<AccessRequest>, Cursor?)>(requests =>
                requests.ListAsync(alice.Caller, new RequestFilter(null, RequestRole.Requester), 3, cursor, default));
            seen.AddRange(items.Select(request => request.Id));
            cursor = next is { } position ? Cursor.Parse(position.ToString()) : null;
        }
        while (cursor is not null);
        Assert.Equal(ids.Order(), seen.Order());
        Assert.Equal(ids[^1], seen[0]);
    }
}
