namespace AccessGateway.Tests.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class BreakGlassTests
{
    private static readonly SubmitAccessRequest Fire = Workflow.Asked("admin", "20m") with { Reason = "everything is on fire", BreakGlass = true };

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Use_OnCall_GrantAtOnceAndEveryAdministratorIsTold(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call");
        var (root, second) = (await gateway.AddUserAsync("root", "administrators"), await gateway.AddUserAsync("second", "administrators"));
        var request = await gateway.BreakGlassAsync(alice);
        Assert.NotNull(request.OnlyGrantId);
        Assert.Equal(["access_request.submitted", "grant.activated", "break_glass.used"], await gateway.EventsOfAsync(request.Id));
        foreach (var administrator in new[] { root, second })
            Assert.Contains("alice broke the glass for admin on dev", Assert.Single(await gateway.NoticesAsync(administrator)), StringComparison.Ordinal);
        Assert.Equal(gateway.Clock.GetUtcNow().AddHours(24), request.AfterReview!.DueAt);
    }

    [Fact]
    public async Task Use_WithoutFreshStepUp_RefusedEvenWhereAnEarlierOneServes()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var alice = (await gateway.AddUserAsync("alice", "platform", "on-call")).In("laptop");
        Assert.Equal("break-glass:dev.admin", Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, Fire, proof: null))).Action);
        TestGateway.Value(await gateway.TryBreakGlassAsync(alice, Fire, await gateway.ProveAsync(alice, StepUpActions.BreakGlass("dev", "admin"))));
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, Fire, proof: null)));
        // A proof for another role is none.
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, Fire, await gateway.ProveAsync(alice, StepUpActions.BreakGlass("dev", "viewer")))).Code);
    }

    public static TheoryData<string, SubmitAccessRequest> Wrong => new()
    {
        { "reason", Fire with { Reason = null } },
        { "reason", Fire with { Reason = "short" } },
        { "duration", Fire with { Duration = "31m" } },
        { "startsAt", Fire with { StartsAt = DateTimeOffset.MaxValue } },
        { "namespaces", Fire with { Namespaces = ["payments-api"] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Use_WrongValue_NamesTheField(string field, SubmitAccessRequest asked)
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call");
        Assert.True(Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, asked, "x"))).Errors.ContainsKey(field));
    }

    /// <summary>What policy denies by a risk that is known stays denied; where it is unknown, the answer says that it is the cluster.</summary>
    [Fact]
    public async Task Use_PolicyDeniesByRisk_DeniedAndSaysWhetherTheRiskIsKnown()
    {
        const string deny = "  risk: {critical: deny}";
        await using var down = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml(extra: deny));
        var refusal = TestGateway.RefusalOf(await down.TryBreakGlassAsync(await down.AddUserAsync("alice", "platform", "on-call"), Fire, "x"));
        Assert.Contains("unknown: The gateway cannot read this role in the cluster.", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("Breaking the glass is no way around it", refusal.Detail, StringComparison.Ordinal);

        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var up = await TestGateway.CreateAsync(apiServer: api, documents: WorkflowDocuments.Yaml(api.Address, deny));
        var alice = await up.AddUserAsync("alice", "platform", "on-call");
        Assert.Contains("The risk of this role there is critical, and policy denies from critical on.", TestGateway.RefusalOf(await up.TryBreakGlassAsync(alice, Fire, "x")).Detail, StringComparison.Ordinal);

        // Approvals that the risk demands keep nobody from breaking it, whether or not the cluster answers.
        await using var loud = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml(extra: "  risk: {high: [{required: 2, reviewers: {groups: [sre]}}]}"));
        Assert.NotNull((await loud.BreakGlassAsync(await loud.AddUserAsync("alice", "platform", "on-call"))).ActivatedAt);
    }

    [Fact]
    public async Task Use_NotOnCallOrRoleWithoutGlassOrNoRequester_NotOffered()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var (alice, mallory, eve) = (await gateway.AddUserAsync("alice", "platform", "on-call"), await gateway.AddUserAsync("mallory", "platform"), await gateway.AddUserAsync("eve", "on-call"));
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(mallory, Fire, "x")).Code);
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(eve, Fire, "x")).Code);
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, Fire with { Role = "viewer" }, "x")).Code);
        // Nor can the usual way be used to break it without the alarm.
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Fire)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task ReviewAfter_UserReviewerAndTwice_OnlyByAnotherAndOnce(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call", "administrators");
        var (bob, mallory) = (await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("mallory", "platform"));
        var request = await gateway.BreakGlassAsync(alice);
        Assert.Equal(ProblemCodes.OwnRequest, TestGateway.RefusalOf(await gateway.ReviewAfterAsync(alice, request.Id)).Code);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.ReviewAfterAsync(mallory, request.Id)));
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.ReviewAfterAsync(bob, request.Id, AfterVerdict.NotJustified, comment: null)));
        Assert.Equal([request.Id], await ToReviewAsync(gateway, bob));
        Assert.Empty(await ToReviewAsync(gateway, alice));
        var reviewed = TestGateway.Value(await gateway.ReviewAfterAsync(bob, request.Id, AfterVerdict.NotJustified, "the disk was not full"));
        Assert.Equal((AfterVerdict.NotJustified, "bob"), (reviewed.AfterReview!.Verdict, reviewed.AfterReview.Reviewer));
        Assert.Empty(await ToReviewAsync(gateway, bob));
        Assert.Equal(ProblemCodes.AlreadyReviewed, TestGateway.RefusalOf(await gateway.ReviewAfterAsync(bob, request.Id)).Code);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task ReviewAfter_TwoAtOnce_OneVerdict(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call");
        var (bob, carol) = (await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("carol", "sre"));
        var request = await gateway.BreakGlassAsync(alice);
        var outcomes = await Task.WhenAll(new[] { bob, carol }.Select(reviewer => Task.Run(() => gateway.ReviewAfterAsync(reviewer, request.Id))));
        Assert.Single(outcomes, outcome => outcome.Is(out _, out _));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "break_glass.reviewed");
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task NoteOverdue_NobodyReviewed_OnceAndStaysToBeReviewed(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var (alice, root) = (await gateway.AddUserAsync("alice", "platform", "on-call"), await gateway.AddUserAsync("root", "administrators"));
        var request = await gateway.BreakGlassAsync(alice);
        await gateway.PassAsync();
        Assert.DoesNotContain("break_glass.overdue", await gateway.EventsOfAsync(request.Id));
        gateway.Clock.Advance(TimeSpan.FromHours(24));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(gateway.PassAsync)));
        Assert.Single(await gateway.EventsOfAsync(request.Id), type => type == "break_glass.overdue");
        Assert.Equal([request.Id], await ToReviewAsync(gateway, root));
        Assert.NotNull(TestGateway.Value(await gateway.ReviewAfterAsync(root, request.Id)));
    }

    [Fact]
    public async Task Extend_BreakGlassGrant_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call");
        var request = await gateway.BreakGlassAsync(alice);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, request.OnlyGrantId!, "5m", "x")));
    }

    private static async Task<List<string>> ToReviewAsync(TestGateway gateway, TestUser user)
    {
        var (items, _) = await gateway.WithAsync<AccessRequests, (IReadOnlyList<AccessRequest>, Cursor?)>(requests =>
            requests.ListAsync(user.Caller, new RequestFilter(null, RequestRole.Any) { ToReview = true }, 50, after: null, default));
        return [.. items.Select(request => request.Id)];
    }
}
