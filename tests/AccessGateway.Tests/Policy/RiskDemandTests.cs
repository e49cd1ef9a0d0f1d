namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

public sealed class RiskDemandTests
{
    private static readonly RiskDemand HighNeedsTwo = new(RiskLevel.High, Denied: false, [new ApprovalRule(2, new People(["sre"], []))]);
    private static readonly RiskDemand CriticalDenied = new(RiskLevel.Critical, Denied: true, []);

    [Theory]
    [InlineData(RiskLevel.Low, 0)]
    [InlineData(RiskLevel.Medium, 0)]
    [InlineData(RiskLevel.High, 2)]
    [InlineData(RiskLevel.Critical, 2)]
    [InlineData(RiskLevel.Unknown, 2)]
    public void Decide_FromALevelUpwards_DemandsApprovals(RiskLevel risk, int approvals)
    {
        var decision = AccessPolicy.Decide([Policy([HighNeedsTwo])], Facts(risk));
        Assert.Equal(approvals, decision switch { Decision.Automatic => 0, Decision.NeedsApproval needed => needed.Offer.ApprovalsRequired, _ => -1 });
    }

    [Theory]
    [InlineData(RiskLevel.High, false)]
    [InlineData(RiskLevel.Critical, true)]
    [InlineData(RiskLevel.Unknown, true)]
    public void Decide_FromALevelUpwards_Denies(RiskLevel risk, bool denied) =>
        Assert.Equal(denied, AccessPolicy.Decide([Policy([CriticalDenied])], Facts(risk)) is Decision.Denied);

    [Fact]
    public void Decide_NobodySaysTheRisk_CountsAsTheWorst() =>
        Assert.IsType<Decision.Denied>(AccessPolicy.Decide([Policy([CriticalDenied])], new RequestFacts([new ClusterFacts("dev", new Dictionary<string, string>())], new PersonFacts("alice", ["platform"]), "viewer", [], null, null, DateTimeOffset.UnixEpoch)));

    [Fact]
    public void Decide_AutomaticUnderConditions_StillWhatTheRiskDemands()
    {
        var policy = Policy([HighNeedsTwo]) with
        {
            Roles = [Role() with { Approval = [new ApprovalRule(1, new People(["lead"], []))], AutomaticWhen = new AutomaticWhen("primary", null, Ticket: false) }],
        };
        Assert.IsType<Decision.Automatic>(AccessPolicy.Decide([policy], Facts(RiskLevel.Low) with { OnCall = ["primary"] }));
        var needed = Assert.IsType<Decision.NeedsApproval>(AccessPolicy.Decide([policy], Facts(RiskLevel.High) with { OnCall = ["primary"] }));
        Assert.Equal(["2 of group sre"], needed.Offer.Approval.Select(rule => $"{rule.Required} of {rule.Reviewers}"));
    }

    [Fact]
    public void Decide_SameReviewersByRoleAndRisk_LargestQuorum()
    {
        var policy = Policy([HighNeedsTwo]) with { Roles = [Role() with { Approval = [new ApprovalRule(1, new People(["sre"], []))] }] };
        Assert.Equal(2, Assert.IsType<Decision.NeedsApproval>(AccessPolicy.Decide([policy], Facts(RiskLevel.High))).Offer.ApprovalsRequired);
    }

    /// <summary>Neither a higher risk nor a further policy makes it easier.</summary>
    [Fact]
    public void Decide_HigherRiskOrFurtherPolicy_NeverLoosens() => Gen.Select(Demands, Demands, Gen.Int[0, 4], Gen.Int[0, 4]).Sample((first, second, low, more) =>
    {
        var (risk, higher) = ((RiskLevel)low, (RiskLevel)Math.Min(4, low + more));
        var alone = Strictness(AccessPolicy.Decide([Policy(first)], Facts(risk)));
        Assert.True(Strictness(AccessPolicy.Decide([Policy(first)], Facts(higher))) >= alone);
        Assert.True(Strictness(AccessPolicy.Decide([Policy(first), Policy(second) with { Name = "further" }], Facts(risk))) >= alone);
    });

    private static Gen<IReadOnlyList<RiskDemand>> Demands => Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Int[1, 3], Gen.Bool, (level, denied, required, sre) =>
        new RiskDemand((RiskLevel)level, denied, denied ? [] : [new ApprovalRule(required, new People([sre ? "sre" : "security"], []))])).List[0, 3].Select(list => (IReadOnlyList<RiskDemand>)list);

    private static int Strictness(Decision decision) => decision switch { Decision.Automatic => 0, Decision.NeedsApproval needed => needed.Offer.ApprovalsRequired, _ => int.MaxValue };

    private static RequestFacts Facts(RiskLevel risk) => new(
        [new ClusterFacts("dev", new Dictionary<string, string>())], new PersonFacts("alice", ["platform"]), "viewer", [], null, "because", DateTimeOffset.UnixEpoch) { Risk = risk };

    private static AccessPolicy Policy(IReadOnlyList<RiskDemand> demands) => new()
    {
        Name = "standard",
        Clusters = new ClusterSelector(["dev"], new Dictionary<string, string>()),
        Requesters = new People(["platform"], []),
        Roles = [Role()],
        RiskDemands = demands,
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
}
