namespace AccessGateway.Tests.AccessRequests;

using AccessGateway.AccessRequests;
using AccessGateway.BlastRadius;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>Requests for namespaces by pattern: what may be asked for, and what those who decide see.</summary>
public sealed class NamespacePatternTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_PatternWithinTheOffer_ShowsAndAuditsWhatItMatches(DatabaseKind kind)
    {
        await using var api = await ClusterAsync("team-a", "team-b", "team-secret-x", "team", "kube-system");
        await using var gateway = await GatewayAsync(api, kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "reviewed", "10m", "team-*");
        Assert.Equal(["team-*"], request.Namespaces);
        Assert.Equal(["team-secret-*"], request.ExceptNamespaces);
        Assert.Equal(["team-a", "team-b"], request.Clusters.Single().MatchedNamespaces);
        var submitted = Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.submitted");
        Assert.Equal(("team-*", "team-secret-*", "team-a,team-b"), (submitted.Details["namespaces"], submitted.Details["exceptNamespaces"], submitted.Details["matched"]));

        // What reviewers read is of now.
        api.Watches.Put("namespaces/team-c", PatternDocuments.Namespace("team-c"));
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        var radius = Assert.Single(TestGateway.Value(await gateway.WithAsync<RequestBlastRadii, Outcome<List<BlastRadiusView>>>(radii => radii.OfAsync(alice.Caller, request.Id, default))));
        Assert.Equal(["team-a", "team-b", "team-c"], radius.MatchedNamespaces);
        Assert.Equal(3, radius.MatchedTotal);
        Assert.Equal(["team-*"], radius.Namespaces);
        Assert.Contains(radius.Findings, finding => finding.Words.Contains("team-c", StringComparison.Ordinal));
        var again = TestGateway.Value(await gateway.FindAsync(alice, request.Id));
        Assert.Equal(request.Digest(), again.Digest());
        Assert.Equal(["team-a", "team-b"], again.ToView(alice.Caller, gateway.Clock.GetUtcNow()).Clusters.Single().MatchedNamespaces);
    }

    [Theory]
    [InlineData("deployer", "*", "must lie within one of team-*, dev-?, except team-secret-*")]
    [InlineData("deployer", "team*", "may match more than is offered")]
    [InlineData("deployer", "dev-*", "may match more than is offered")]
    [InlineData("deployer", "team-secret-a*", "is excepted")]
    [InlineData("deployer", "team-secret-a", "is excepted")]
    [InlineData("operator", "team-*", "name the namespaces exactly")]
    [InlineData("viewer", "team-*", "name no namespaces")]
    [InlineData("deployer", "team-A*", "must be 1 to 63")]
    [InlineData("deployer", "team-{a,b}", "must be a DNS label")]
    public async Task Submit_WhatIsNotOffered_RefusedInWords(string role, string pattern, string words)
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        var refusal = TestGateway.RefusalOf(await gateway.TrySubmitAsync(await gateway.AddUserAsync("alice", "platform"), Workflow.Asked(role, "10m", pattern)));
        Assert.Equal(ProblemCodes.Invalid, refusal.Code);
        Assert.Contains(words, refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("team-a-*")]
    [InlineData("team-?")]
    [InlineData("dev-?")]
    [InlineData("team-*")]
    public async Task Submit_PatternWithin_Accepted(string pattern)
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        Assert.Equal([pattern], (await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "deployer", "10m", pattern)).Namespaces);
    }

    [Fact]
    public async Task Submit_MoreThanAGrantMayHave_RefusedWithTheNumber()
    {
        await using var api = await ClusterAsync([.. Enumerable.Range(0, 101).Select(number => $"team-{number}")]);
        await using var gateway = await GatewayAsync(api);
        var refusal = TestGateway.RefusalOf(await gateway.TrySubmitAsync(await gateway.AddUserAsync("alice", "platform"), Workflow.Asked("deployer", "10m", "team-*")));
        Assert.Contains("101 namespaces now, and a grant is bound in 100 at most", refusal.Detail, StringComparison.Ordinal);
    }

    /// <summary>A cluster that does not answer: what is asked for is the pattern, and its risk counts as the worst.</summary>
    [Fact]
    public async Task Submit_ClusterSilent_RiskUnknownAndNothingSaidOfMatches()
    {
        await using var api = await ClusterAsync("team-a");
        await using var gateway = await GatewayAsync(api);
        api.Fault = _ => 500;
        var request = await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "deployer", "10m", "team-*");
        Assert.Equal((RiskLevel.Unknown, null), (request.Risk, request.Clusters.Single().MatchedNamespaces));
    }

    /// <summary>kube-system makes a role critical: a pattern that reaches it must say so.</summary>
    [Fact]
    public async Task OfferBlastRadius_Pattern_OfWhatItMatches()
    {
        await using var api = await ClusterAsync("team-a", "team-b", "team-secret-x");
        await using var gateway = await GatewayAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var radius = TestGateway.Value(await gateway.WithAsync<OfferBlastRadii, Outcome<BlastRadiusView>>(radii => radii.OfAsync(alice.Caller, "dev", "deployer", ["team-*"], default)));
        Assert.Equal(["team-a", "team-b"], radius.MatchedNamespaces);
        Assert.Contains("may match more", TestGateway.RefusalOf(await gateway.WithAsync<OfferBlastRadii, Outcome<BlastRadiusView>>(radii => radii.OfAsync(alice.Caller, "dev", "deployer", ["*"], default))).Detail, StringComparison.Ordinal);
    }

    private static async Task<FakeApiServer> ClusterAsync(params string[] namespaces)
    {
        var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        foreach (var name in namespaces)
            api.AddNamespace(name);
        return api;
    }

    private static Task<TestGateway> GatewayAsync(FakeApiServer api, DatabaseKind kind = DatabaseKind.Sqlite) =>
        TestGateway.CreateAsync(kind, PatternDocuments.Yaml(api.Address), api);
}
