namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

public sealed class AccessPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Decide_NoPolicyForCluster_DeniedAsNotOffered()
    {
        var denied = Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy()], Facts() with { Cluster = new ClusterFacts("prod", new Dictionary<string, string>()) }));
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

    /// <summary>A further policy that makes the same offer to the same person never loosens it.</summary>
    [Fact]
    public void Decide_FurtherPolicy_NeverLoosens() => Gen.Select(Roles, Roles, Gen.Int[1, 600]).Sample((first, second, minutes) =>
    {
        var facts = Facts() with { Duration = TimeSpan.FromMinutes(minutes) };
        var alone = AccessPolicy.Decide([Policy() with { Roles = [first] }], facts);
        var both = AccessPolicy.Decide([Policy() with { Roles = [first] }, Policy() with { Name = "further", Roles = [second] }], facts);
        Assert.True(Strictness(both) >= Strictness(alone), $"{alone} became {both}");
        if (alone is Decision.NeedsApproval before && both is Decision.NeedsApproval after)
            Assert.True(after.Offer.ApprovalsRequired >= before.Offer.ApprovalsRequired);
    });

    private static Gen<OfferedRole> Roles =>
        Gen.Select(Gen.Int[1, 600], Gen.Int[0, 3], Gen.Bool.Select(sre => sre ? "sre" : "security"), (minutes, required, group) => Role() with
        {
            MaxDuration = TimeSpan.FromMinutes(minutes),
            DefaultDuration = TimeSpan.FromMinutes(1),
            Approval = required == 0 ? [] : [new ApprovalRule(required, new People([group], []))],
        });

    private static int Strictness(Decision decision) => decision switch { Decision.Automatic => 0, Decision.NeedsApproval => 1, _ => 2 };

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
        new ClusterFacts("dev", new Dictionary<string, string>()), new PersonFacts("alice", ["platform"]), "viewer", [], TimeSpan.FromMinutes(30), "because", Now);
}
