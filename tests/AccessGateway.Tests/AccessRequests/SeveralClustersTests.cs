namespace AccessGateway.Tests.AccessRequests;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Notifications;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>One request for several clusters, until it is activated.</summary>
public sealed class SeveralClustersTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_TwoClusters_OneRequestUnderTheStrictestConditions(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice, "admin", "prod", "dev");

        var stored = TestGateway.Value(await gateway.FindAsync(alice, request.Id));
        Assert.Equal((AccessRequestState.Pending, 2, true), (stored.State, stored.Rules.Sum(rule => rule.Required), stored.Privileged));
        Assert.Equal(["dev", "prod"], stored.ToView(alice.Caller, gateway.Clock.GetUtcNow()).Clusters.Select(cluster => cluster.Name));
        Assert.Equal(request.Digest(), stored.Digest());
        var submitted = Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.submitted");
        Assert.Equal(("dev,prod", stored.Digest()), (submitted.Cluster, submitted.Details["digest"]));
        // dev alone would let it be two hours, and a reason of three letters.
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked("admin") with { Duration = "90m" })));
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked("viewer") with { Reason = "INC-1" })));
    }

    [Theory]
    [InlineData("admin", "'qa'", "dev", "prod", "qa")]
    [InlineData("viewer", "'mars', 'venus'", "dev", "mars", "venus")]
    [InlineData("deploy", "on cluster 'dev' and ClusterRole deployer for the whole cluster on cluster 'prod'", "dev", "prod")]
    public async Task Submit_OneClusterAgainstIt_RefusedAndNamed(string role, string named, params string[] clusters)
    {
        await using var gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        Assert.Contains(named, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked(role, clusters))).Detail, StringComparison.Ordinal);
    }

    /// <summary>A review is for all that was named: another set is another request.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Digest_OtherClusters_AnotherAndTheOrderDoesNotCount(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var first = TestGateway.Value(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked("viewer", "dev", "prod"), "key"));
        Assert.Equal(first.Id, TestGateway.Value(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked("viewer", "prod", "dev"), "key")).Id);
        Assert.Equal(ProblemCodes.IdempotencyKeyReused, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, SeveralClusters.Asked("viewer", "dev", "qa"), "key")).Code);

        var digest = first.Digest();
        first.Clusters.RemoveAt(1);
        Assert.NotEqual(digest, first.Digest());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_ByCluster_ThoseThatAreForItAmongOthers(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var both = await gateway.SubmitToSeveralAsync(alice);
        var dev = await gateway.SubmitAsync(alice);
        await gateway.SubmitToSeveralAsync(alice, "viewer", "dev", "qa");
        Assert.Equal([both.Id], await ListAsync("prod"));
        Assert.Equal(3, (await ListAsync("dev")).Count);
        Assert.Contains(dev.Id, await ListAsync("dev"));
        Assert.Empty(await ListAsync("pro"));

        async Task<List<string>> ListAsync(string cluster)
        {
            var filter = new RequestFilter(null, RequestRole.Requester) { Cluster = cluster };
            var (items, _) = await gateway.WithAsync<AccessRequests, (IReadOnlyList<AccessRequest>, Cursor?)>(requests => requests.ListAsync(alice.Caller, filter, 50, after: null, default));
            return [.. items.Select(request => request.Id)];
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Audit_ByCluster_EventsOfRequestsForSeveralAmongThem(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        await gateway.SubmitToSeveralAsync(alice);
        Assert.Equal(["access_request.submitted", "access_request.approved"], await EventsAsync("prod"));
        Assert.Equal(2, (await EventsAsync("dev")).Count);
        Assert.Empty(await EventsAsync("qa"));
        Assert.Empty(await EventsAsync("ro"));

        Task<List<string>> EventsAsync(string cluster) => gateway.WithAsync<AuditTrail, List<string>>(async trail =>
            [.. (await trail.ListAsync(alice.Caller, new AuditFilter(null, null, null, null, cluster, NewestFirst: false), 50, after: null, default)).Select(row => row.Type)]);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Withdraw_ForSeveral_AllOfItAtOnce(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        Assert.Equal(AccessRequestState.Withdrawn, TestGateway.Value(await gateway.WithdrawAsync(alice, request.Id)).State);
        Assert.Equal("dev,prod", Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.withdrawn").Cluster);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, request.Id, "x")));

        var late = await gateway.SubmitToSeveralAsync(alice);
        gateway.Clock.Advance(TimeSpan.FromHours(25));
        await gateway.PassAsync();
        Assert.Equal("dev,prod", Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.expired" && row.AccessRequestId == late.Id).Cluster);
    }

    [Fact]
    public async Task BreakGlass_Several_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform", "on-call");
        var refusal = TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, SeveralClusters.Asked("admin") with { BreakGlass = true }, proof: null));
        Assert.Equal("clusters", Assert.Single(Assert.IsType<Refusal.Invalid>(refusal).Errors.Keys));
        // For one the form with a list will do, too.
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryBreakGlassAsync(alice, SeveralClusters.Asked("admin", "dev") with { BreakGlass = true }, proof: null)));
    }

    [Fact]
    public async Task Message_OfSeveral_NamesAllAndOfAGrantItsOwn()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        Assert.Equal("alice asks for viewer on dev, prod", Title("access_request.submitted", "dev,prod"));
        Assert.Equal("alice has viewer on prod now", Title("grant.activated", "prod"));

        string Title(string type, string cluster) => Messages.Of(
            new AuditEvent { At = DateTimeOffset.UnixEpoch, Type = type, Actor = "alice", AccessRequestId = request.Id, Cluster = cluster }, request, null, "https://gateway.example").Title;
    }

    [Theory]
    [InlineData("prod*", true)]
    [InlineData("qa", false)]
    public void Tells_NotifierOfOneCluster_OfWhatConcernsItAmongOthers(string pattern, bool tells)
    {
        var notifier = new NotifierDefinition("n", new ChannelDefinition.Slack(null!, null!), ["*"], [pattern]);
        var happened = new AuditEvent { At = DateTimeOffset.UnixEpoch, Type = "access_request.submitted", Actor = "alice", Cluster = "dev,prod-eu" };
        Assert.Equal(tells, notifier.Tells(happened.Type, happened.Clusters, concerns: null));
    }
}
