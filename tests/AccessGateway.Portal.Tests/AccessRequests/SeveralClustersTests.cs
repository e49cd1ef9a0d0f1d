namespace AccessGateway.Portal.Tests.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Portal.AccessRequests;
using AccessGateway.Portal.BlastRadius;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>How a request for several clusters is asked for and shown.</summary>
public sealed class SeveralClustersTests : BunitContext
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Render_ClusterChoice_ALabelledBoxForEachAndTheChosenTicked()
    {
        var choice = Render<ClusterChoice>(parameters => parameters
            .Add(it => it.Clusters, [Cluster("prod"), Cluster("qa")]).Add(it => it.Chosen, ["qa"]).Add(it => it.Error, "must have none twice."));

        Assert.Equal(["prod", "qa"], choice.FindAll("input[type=checkbox][name=also]").Select(box => box.GetAttribute("value")));
        Assert.Equal("qa", choice.Find("input[checked]").GetAttribute("value"));
        Assert.All(choice.FindAll("input"), box => Assert.NotNull(choice.Find($"label[for={box.Id}]")));
        Assert.Equal("must have none twice.", choice.Find("#also-error[role=alert]").TextContent);
        Assert.Contains("also-error", choice.Find("fieldset").GetAttribute("aria-describedby"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_RiskByCluster_TheWorstFirst()
    {
        var risk = Render<RiskByCluster>(parameters => parameters.Add(it => it.Request, Request(AccessRequestState.Pending)));
        Assert.Equal(["Critical risk on prod", "Low risk on dev"], risk.FindAll("span.block").Select(line => line.TextContent));
    }

    [Fact]
    public void Render_RadiusByCluster_APanelForEachUnderItsName()
    {
        Services.AddSingleton(TimeProvider.System);
        var radii = Render<RadiusByCluster>(parameters => parameters
            .Add(it => it.Radii, [Radius("dev", RiskLevel.Low), Radius("prod", RiskLevel.Critical)]).Add(it => it.Problems, [("qa", "'shop' is not offered.")])
            .Add(it => it.Narrow, "pods").Add(it => it.Action, "/requests/new#radius").Add(it => it.Keep, [("cluster", "dev"), ("also", "prod")]));
        Assert.Equal(["On dev", "On prod", "On qa"], radii.FindAll("h3").Select(heading => heading.TextContent));
        Assert.Equal(["Low risk", "Critical risk"], radii.FindAll(".panel .status").Select(status => status.TextContent.Trim()));
        Assert.Contains("'shop' is not offered.", radii.Find(".note").TextContent, StringComparison.Ordinal);
        // Narrowing one of them down keeps both, and an id stands for one thing.
        Assert.All(radii.FindAll("form"), form => Assert.Equal("prod", form.QuerySelector("input[name=also]")!.GetAttribute("value")));
        Assert.Equal(["rules-dev", "rules-prod"], radii.FindAll("input[name=rules]").Select(input => input.Id));
    }

    [Fact]
    public void Render_RadiusOfOneCluster_NoHeading()
    {
        Services.AddSingleton(TimeProvider.System);
        var radii = Render<RadiusByCluster>(parameters => parameters.Add(it => it.Radii, [Radius("dev", RiskLevel.Low)]).Add(it => it.Narrow, "").Add(it => it.Action, "/x"));
        Assert.Empty(radii.FindAll("h3"));
        Assert.Single(radii.FindAll(".panel"));
    }

    [Fact]
    public void Render_NextStep_ActivatedNamesAllAndAskingAgainTicksThem()
    {
        Services.AddSingleton(TimeProvider.System);
        var activated = Render<NextStep>(parameters => parameters.Add(it => it.Request, Request(AccessRequestState.Approved) with { ActivatedAt = Now }).Add(it => it.IsOwn, true).Add(it => it.IsAuditor, false));
        Assert.Contains("with a grant on each of dev, prod", activated.Markup, StringComparison.Ordinal);
        var withdrawn = Render<NextStep>(parameters => parameters.Add(it => it.Request, Request(AccessRequestState.Withdrawn)).Add(it => it.IsOwn, true).Add(it => it.IsAuditor, false));
        Assert.Equal("/requests/new?cluster=dev&role=admin&also=prod", withdrawn.Find("a").GetAttribute("href"));
    }

    private static BlastRadiusView Radius(string cluster, RiskLevel risk) => new(
        cluster, "ClusterRole admin", RoleScope.Cluster, [], risk, null, null, [], [], [new([""], ["pods"], [], ["get"], [])], null, [], Now);

    private static ClusterView Cluster(string name) => new(name, "https://x", new Dictionary<string, string>(), null);

    private static AccessRequestView Request(AccessRequestState state) => new(
        "ar-1", state, "alice", [new("dev", RiskLevel.Low, null, null), new("prod", RiskLevel.Critical, null, null)], "admin", "cluster-admin", RoleScope.Cluster, [], "30m", null, null, null,
        Now, Now.AddDays(1), RiskLevel.Critical, 2, [], null, "00", CanReview: false);
}
