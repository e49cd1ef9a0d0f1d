namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using Xunit;

public sealed class AccessPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Decide_NoPolicyForCluster_DeniedAsNotOffered()
    {
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy()], Facts() with { Clusters = [new ClusterFacts("prod", new Dictionary<string, string>())] }));
        Assert.True(denied.NotOffered);
    }

    [Fact]
    public void Decide_OtherGroup_DeniedAsNotOffered()
    {
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy()], Facts() with { Requester = new PersonFacts("eve", ["sales"]) }));
        Assert.True(denied.NotOffered);
    }

    [Fact]
    public void Decide_AutomaticRole_Automatic() => Assert.IsType<Decision.Automatic>(AccessPolicy.Decide([Policy()], Facts()));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(61)]
    public void Decide_DurationOutOfRange_Denied(int minutes)
    {
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy()], Facts() with { Duration = TimeSpan.FromMinutes(minutes) }));
        Assert.Equal("Duration", denied.Field);
    }

    [Fact]
    public void Decide_SameOfferTwice_MostRestrictiveWins()
    {
        var strict = Policy() with
        {
            Name = "strict",
            Roles = [Role() with { MaxDuration = TimeSpan.FromMinutes(10), DefaultDuration = TimeSpan.FromMinutes(10), Approval = [new ApprovalRule(2, new People(["sre"], []))] }],
            MfaMaxAge = TimeSpan.FromMinutes(1),
        };
        var decision = Assert.IsType<Decision.NeedsApproval>(AccessPolicy.Decide([Policy(), strict], Facts() with { Duration = null }));
        Assert.Equal(TimeSpan.FromMinutes(10), decision.Duration);
        Assert.Equal(2, decision.Offer.ApprovalsRequired);
        Assert.Equal(TimeSpan.FromMinutes(1), decision.Offer.MfaMaxAge);
    }

    [Fact]
    public void Decide_FactorsOfTwoPolicies_OnlyWhatBothAccept()
    {
        var strict = Policy() with { Name = "strict", MfaFactors = [StepUpMethods.Passkey], Roles = [Role() with { Privileged = true }] };
        var offer = Assert.IsType<Decision.Automatic>(AccessPolicy.Decide([Policy(), strict], Facts())).Offer;
        Assert.Equal([StepUpMethods.Passkey], offer.MfaFactors);
        Assert.True(offer.Privileged);
        var usual = Assert.IsType<Decision.Automatic>(AccessPolicy.Decide([Policy()], Facts())).Offer;
        Assert.Equal(StepUpMethods.Factors, usual.MfaFactors);
        Assert.False(usual.Privileged);
    }

    [Fact]
    public void Decide_PoliciesWithoutAFactorInCommon_NobodyAndBothNamed()
    {
        var (a, b) = (Policy() with { MfaFactors = [StepUpMethods.Totp] }, Policy() with { Name = "other", MfaFactors = [StepUpMethods.Passkey] });
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy(), a, b], Facts()));
        Assert.Contains("'standard' (totp) and 'other' (passkey)", denied.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_SameNameForTwoRoles_Denied()
    {
        var other = Policy() with { Name = "other", Roles = [Role() with { Target = new RoleTarget("edit") }] };
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy(), other], Facts()));
        Assert.Contains("'standard' and 'other'", denied.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("payments-api", true)]
    [InlineData("kube-system", false)]
    public void Decide_Namespaces_OnlyThoseOffered(string name, bool allowed)
    {
        var policy = Policy() with { Roles = [Role() with { Scope = RoleScope.Namespaces, Namespaces = ["payments-*"] }] };
        var decision = AccessPolicy.Decide([policy], Facts() with { Namespaces = [name] });
        Assert.Equal(allowed, decision is Decision.Automatic);
    }

    [Fact]
    public void Decide_NamespacesForClusterRole_Denied() =>
        Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy()], Facts() with { Namespaces = ["default"] }));

    [Fact]
    public void Decide_OutsideHours_Denied()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var policy = Policy() with { Hours = new Hours([DayOfWeek.Monday], new TimeOnly(8, 0), new TimeOnly(18, 0), berlin) };
        Assert.IsType<Decision.Automatic>(AccessPolicy.Decide([policy], Facts()));
        Assert.IsType<Decision.Denied>(AccessPolicy.Decide([policy], Facts() with { ActiveFrom = Now.AddHours(5) }));
        Assert.IsType<Decision.Denied>(AccessPolicy.Decide([policy], Facts() with { ActiveFrom = Now.AddDays(1) }));
    }

    private static AccessPolicy Policy() => new()
    {
        Name = "standard",
        Clusters = new ClusterSelector(["dev"], new Dictionary<string, string>()),
        Requesters = new People(["platform"], []),
        Roles = [Role()],
    };

    private static OfferedRole Role() => new()
    {
        Name = "viewer",
        Target = new RoleTarget("view"),
        Scope = RoleScope.Cluster,
        MaxDuration = TimeSpan.FromHours(1),
        DefaultDuration = TimeSpan.FromMinutes(30),
        Approval = [],
    };

    private static RequestFacts Facts() => new(
        [new ClusterFacts("dev", new Dictionary<string, string>())], new PersonFacts("alice", ["platform"]), "viewer", [], TimeSpan.FromMinutes(30), "because", Now);
}
