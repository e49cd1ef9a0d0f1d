namespace AccessGateway.Portal.Tests.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Portal.AccessRequests;
using Bunit;
using Xunit;

/// <summary>Whoever decides must see that a pattern is asked for, and not a list.</summary>
public sealed class NamespacePatternTests : BunitContext
{
    [Fact]
    public void Render_RoleReach_SaysThatLaterNamespacesAreMeantAndWhatIsExcepted()
    {
        var reach = Render<RoleReach>(parameters => parameters.Add(it => it.Request, Request(["team-*"]) with { ExceptNamespaces = ["team-secret-*"] }));
        Assert.Equal("team-*", reach.Find("ul.tags code").TextContent);
        Assert.Contains("in every namespace of these names", reach.Markup, StringComparison.Ordinal);
        Assert.Contains("Except team-secret-*.", reach.Markup, StringComparison.Ordinal);
        Assert.Contains("namespaces made later are bound too", reach.Markup, StringComparison.Ordinal);
        Assert.Contains("it matched team-a, team-b (2).", reach.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_RoleReach_ExactNamesSayNothingOfPatterns() =>
        Assert.DoesNotContain("pattern", Render<RoleReach>(parameters => parameters.Add(it => it.Request, Request(["team-a"]))).Markup, StringComparison.Ordinal);

    private static AccessRequestView Request(IReadOnlyList<string> namespaces) => new(
        "ar-1", AccessRequestState.Pending, "alice", [new("dev", RiskLevel.Low, null, null) { MatchedNamespaces = namespaces[0].Contains('*', StringComparison.Ordinal) ? ["team-a", "team-b"] : null }],
        "deployer", "edit", RoleScope.Namespaces, namespaces, "30m", null, null, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), RiskLevel.Low, 1, [], null, "00", CanReview: true);
}
