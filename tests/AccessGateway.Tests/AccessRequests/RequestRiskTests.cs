namespace AccessGateway.Tests.AccessRequests;

using System.Net;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class RequestRiskTests
{
    private const string Risk = "risk: {high: [{required: 2, reviewers: {groups: [sre]}}], critical: deny}";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_RolesOfEveryRisk_StoredAuditedAndDecidedBy(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var gateway = await CreateAsync(api, Risk, kind);
        var alice = await gateway.AddUserAsync("alice", "platform");

        var viewer = await gateway.SubmitAsync(alice);
        Assert.Equal((RiskLevel.Low, AccessRequestState.Approved), (viewer.Risk, viewer.State));
        var editor = await gateway.SubmitAsync(alice, "editor", "10m", "payments-api");
        Assert.Equal(RiskLevel.High, editor.Risk);
        Assert.Equal(["1 of group administrators", "2 of group sre"], editor.Rules.Select(rule => $"{rule.Required} of {rule.Reviewers}"));
        Assert.Equal("The risk of this role there is critical, and policy denies from critical on.", Detail(await gateway.TrySubmitAsync(alice, Workflow.Asked("admin"))));
        Assert.Equal(["low", "high"], (await gateway.AuditAsync()).Where(e => e.Type == "access_request.submitted").Select(e => e.Details["risk"]));
    }

    [Fact]
    public async Task Submit_ClusterOutOfReach_UnknownCountsAsTheWorst()
    {
        await using var strict = await CreateAsync(null, Risk);
        var alice = await strict.AddUserAsync("alice", "platform");
        Assert.StartsWith("The risk of this role there is unknown: The gateway cannot read this role in the cluster. What is unknown counts as the worst", Detail(await strict.TrySubmitAsync(alice, Workflow.Asked())), StringComparison.Ordinal);
        // What is denied anyway says so, and not that a cluster gave no answer.
        Assert.DoesNotContain("unknown", Detail(await strict.TrySubmitAsync(alice, Workflow.Asked() with { Reason = "x" })), StringComparison.Ordinal);
        await using var usual = await CreateAsync(null, "");
        Assert.Equal(RiskLevel.Unknown, (await usual.SubmitAsync(await usual.AddUserAsync("alice", "platform"))).Risk);
    }

    [Fact]
    public async Task Submit_NotOffered_AsksNoCluster()
    {
        await using var api = await FakeApiServer.StartAsync();
        var calls = 0;
        api.Before = _ =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        };
        await using var gateway = await CreateAsync(api, "");
        var eve = await gateway.AddUserAsync("eve", "sales");
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.TrySubmitAsync(eve, Workflow.Asked())));
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task BlastRadius_ClusterChangedSince_ShowsBothRisks()
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var gateway = await CreateAsync(api, "");
        await gateway.ListenAsync();
        var (alice, root) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("root", "administrators"));
        var request = await gateway.SubmitAsync(alice, "editor", "10m", "payments-api");
        api.BindToAccount("cluster-admin", "payments-api", "robot");
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));

        foreach (var person in new[] { alice, root })
        {
            using var client = await gateway.SignInAsync(person);
            var radius = (await client.GetFromJsonAsync($"/api/v1/access-requests/{request.Id}/blast-radius", GatewayJson.Default.PageBlastRadiusView))!.Items.Single();
            Assert.Equal((RiskLevel.Critical, RiskLevel.High), (radius.Risk, radius.RiskAtSubmission));
            Assert.Contains("payments-api/robot (critical)", radius.Findings[0].Words, StringComparison.Ordinal);
            Assert.Equal("read, create and delete Pods, Secrets", radius.Summary.Single().Words);
            Assert.Equal(64, radius.RulesDigest!.Length);
        }
    }

    [Fact]
    public async Task BlastRadius_NotForTheCaller_NotFound()
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var gateway = await CreateAsync(api, "");
        await gateway.ListenAsync();
        var request = await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"));
        using var eve = await gateway.SignInAsync(await gateway.AddUserAsync("eve", "sales"));
        foreach (var path in new[] { $"access-requests/{request.Id}", "access-requests/ar-0123456789abc", "access-requests/%2e%2e", "clusters/dev/role-offers/viewer", "clusters/nope/role-offers/viewer", "clusters/dev/role-offers/nope" })
        {
            using var answer = await eve.GetAsync(new Uri($"/api/v1/{path}/blast-radius", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("editor", "?namespaces=kube-system", 422)]
    [InlineData("editor", "?namespaces=payments-api,../x", 422)]
    [InlineData("editor", "?namespaces=%1b[2J", 422)]
    [InlineData("viewer", "?namespaces=payments-api", 422)]
    [InlineData("editor", "?namespaces=payments-api,%20payments-web", 200)]
    [InlineData("editor", "?namespaces=", 200)]
    [InlineData("editor", "", 200)]
    [InlineData("viewer", "", 200)]
    public async Task OfferBlastRadius_Namespaces_OnlyOfferedOnes(string role, string query, int status)
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var gateway = await CreateAsync(api, "");
        await gateway.ListenAsync();
        using var alice = await gateway.SignInAsync(await gateway.AddUserAsync("alice", "platform"));
        using var answer = await alice.GetAsync(new Uri($"/api/v1/clusters/dev/role-offers/{role}/blast-radius{query}", UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task OfferBlastRadius_NoNamespacesChosen_WorstOfTheOffered()
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        api.AddNamespace("payments-api");
        api.AddNamespace("payments-robots");
        api.AddNamespace("elsewhere");
        api.BindToAccount("cluster-admin", "payments-robots", "robot");
        await using var gateway = await CreateAsync(api, "");
        await gateway.ListenAsync();
        using var alice = await gateway.SignInAsync(await gateway.AddUserAsync("alice", "platform"));
        const string offer = "/api/v1/clusters/dev/role-offers/editor/blast-radius";
        var all = (await alice.GetFromJsonAsync(offer, GatewayJson.Default.BlastRadiusView))!;
        Assert.Equal((RiskLevel.Critical, "payments-*"), (all.Risk, all.Namespaces.Single()));
        Assert.Contains("payments-api, payments-robots:", all.Findings[0].Words, StringComparison.Ordinal);
        Assert.Equal(RiskLevel.High, (await alice.GetFromJsonAsync(offer + "?namespaces=payments-api", GatewayJson.Default.BlastRadiusView))!.Risk);
    }

    private static Task<TestGateway> CreateAsync(FakeApiServer? api, string risk, DatabaseKind kind = DatabaseKind.Sqlite) => TestGateway.CreateAsync(
        kind, apiServer: api, documents: StandardDocuments.Yaml(api?.Address ?? new Uri("https://127.0.0.1:1")).Replace("reason: {required", $"{risk}\n  reason: {{required", StringComparison.Ordinal));

    private static string Detail<T>(Outcome<T> outcome)
        where T : class => TestGateway.RefusalOf(outcome).Detail.Replace("role: ", "", StringComparison.Ordinal);
}
