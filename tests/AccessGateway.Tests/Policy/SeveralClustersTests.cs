namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

/// <summary>Requests for several clusters at once: what decides is the strictest of all.</summary>
public sealed class SeveralClustersTests
{
    private static readonly ClusterFacts Dev = Policies.KnownClusters[0];
    private static readonly ClusterFacts Prod = Policies.KnownClusters[1];

    /// <summary>One more cluster never loosens a decision, in any of its conditions.</summary>
    [Fact]
    public void Decide_FurtherCluster_NeverLoosens() => Gen.Select(Policies.Policy.List[2, 6], Policies.Facts, Gen.Bool).Sample((policies, facts, both) =>
    {
        // Half of the policies are for both, and all for the requester: else a second cluster rarely offers the same.
        List<AccessPolicy> aimed = [.. policies.Select((policy, i) => policy with
        {
            Clusters = new ClusterSelector(both && i % 2 == 0 ? ["dev", "prod"] : [i % 2 == 0 ? "dev" : "prod"], new Dictionary<string, string>()),
            Requesters = new People([], [facts.Requester.Name]),
            Roles = [.. policy.Roles.Take(1).Select(role => role with { Name = facts.Role, Target = new RoleTarget("view"), Scope = policies[0].Roles[0].Scope, Namespaces = policies[0].Roles[0].Scope == RoleScope.Cluster ? [] : ["*"] })],
        })];
        foreach (var alone in new[] { Dev, Prod })
        {
            var (before, after) = (AccessPolicy.Decide(aimed, facts with { Clusters = [alone] }), AccessPolicy.Decide(aimed, facts with { Clusters = [Dev, Prod] }));
            Assert.True(Decided.Strictness(after) >= Decided.Strictness(before), $"{before} became {after}");
            if (Decided.OfferOf(before) is { } loose && Decided.OfferOf(after) is { } strict)
                Decided.AssertNotLooser(loose, strict, facts);
        }
    }, iter: 30_000);

    /// <summary>The same answer in whichever order they are named, and by the index as by the list.</summary>
    [Fact]
    public void Decide_OtherOrderOrByTheIndex_SameAnswer() => Gen.Select(Policies.Policy.List[0, 8], Policies.Facts).Sample((policies, facts) =>
    {
        var decision = AccessPolicy.Decide(policies, facts with { Clusters = [Dev, Prod] });
        Decided.AssertSame(decision, AccessPolicy.Decide(policies, facts with { Clusters = [Prod, Dev] }));
        Decided.AssertSame(decision, AccessPolicy.Decide(new PolicySet(policies, Policies.KnownClusters), facts with { Clusters = [Dev, Prod] }));
    }, iter: 20_000);

    [Fact]
    public void Decide_NotOfferedOnOne_NamesThatOneAlone()
    {
        var denied = Assert.IsType<Decision.Denied>(Decide([Policy("p", ["dev"])], Dev, Prod, ClusterFacts.Unknown("mars")));
        Assert.True(denied.NotOffered);
        Assert.Equal("No policy offers you the role 'admin' on the clusters 'prod', 'mars'.", denied.Reason);
    }

    [Fact]
    public void Decide_OtherRoleOnOne_RefusalNamesBoth()
    {
        var denied = Assert.IsType<Decision.Denied>(Decide([Policy("a", ["dev"]), Policy("b", ["prod"], role => role with { Target = new RoleTarget("edit") })], Dev, Prod));
        Assert.Equal("'admin' means ClusterRole view for the whole cluster on cluster 'dev' and ClusterRole edit for the whole cluster on cluster 'prod'. Ask for each by itself.", denied.Reason);
    }

    [Fact]
    public void Decide_UnknownCluster_NothingOfferedWhateverPoliciesNameIt() =>
        Assert.True(Assert.IsType<Decision.Denied>(Decide([Policy("p", ["ghost"])], ClusterFacts.Unknown("ghost"))).NotOffered);

    [Fact]
    public void Decide_DifferentConditions_StrictestOfEach()
    {
        var mild = Policy("a", ["dev"], role => role with { MaxDuration = TimeSpan.FromHours(2), Approval = [] });
        var strict = Policy("b", ["prod"], role => role with { Approval = [new ApprovalRule(2, new People(["sre"], []))], Privileged = true }) with { MfaMaxAge = TimeSpan.FromMinutes(1) };
        var offer = Assert.IsType<Decision.NeedsApproval>(Decide([mild, strict], Dev, Prod)).Offer;
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), 2, true), (offer.MaxDuration, offer.MfaMaxAge, offer.ApprovalsRequired, offer.Privileged));
        Assert.Equal(["a", "b"], offer.Policies);
    }

    /// <summary>What is demanded by risk on one cluster holds for the risk of the worst.</summary>
    [Fact]
    public void Decide_RiskHighOnOne_DemandsOfAllHold()
    {
        var demanding = Policy("a", ["dev"], role => role with { Approval = [] }) with { RiskDemands = [new RiskDemand(RiskLevel.High, Denied: true, [])] };
        var facts = Facts(Dev, Prod) with { Risk = RiskLevel.High };
        Assert.IsType<Decision.Denied>(AccessPolicy.Decide([demanding, Policy("b", ["prod"])], facts));
    }

    [Fact]
    public void Decide_BreakGlassOnSeveral_Refused()
    {
        var glass = Policy("p", ["dev", "prod"], role => role with { BreakGlass = new BreakGlassRule(new People(["platform"], []), TimeSpan.FromMinutes(30), TimeSpan.FromHours(24)) });
        var facts = Facts(Dev) with { BreakGlass = true, Reason = "everything is on fire", Risk = RiskLevel.Low };
        Assert.IsType<Decision.BreakGlass>(AccessPolicy.Decide([glass], facts));
        Assert.Equal(nameof(RequestFacts.Clusters), Assert.IsType<Decision.Denied>(AccessPolicy.Decide([glass], facts with { Clusters = [Dev, Prod] })).Field);
    }

    [Fact]
    public void Explain_Several_SaysWhichPolicyIsForWhich()
    {
        var explanation = Explanation.Of([Policy("a", ["dev"]), Policy("b", ["prod"]), Policy("c", ["dev", "prod"])], Facts(Dev, Prod) with { Risk = RiskLevel.Low });
        Assert.Equal(
            ["a: offers ClusterRole view as 'admin' to group platform on dev", "b: offers ClusterRole view as 'admin' to group platform on prod", "c: offers ClusterRole view as 'admin' to group platform on dev, prod"],
            explanation.Findings.Where(finding => finding.Says.StartsWith("offers", StringComparison.Ordinal)).Select(finding => $"{finding.Policy}: {finding.Says}"));
        var missed = Explanation.Of([Policy("a", ["dev"])], Facts(Dev, Prod));
        Assert.Equal("offers 'admin', but not on cluster 'prod'", Assert.Single(missed.Findings).Says);
    }

    private static Decision Decide(AccessPolicy[] policies, params ClusterFacts[] clusters) => AccessPolicy.Decide(policies, Facts(clusters));

    private static RequestFacts Facts(params ClusterFacts[] clusters) =>
        new(clusters, new PersonFacts("alice", ["platform"]), "admin", [], null, "because", DateTimeOffset.UnixEpoch) { Risk = RiskLevel.Low };

    private static AccessPolicy Policy(string name, string[] clusters, Func<OfferedRole, OfferedRole>? with = null)
    {
        var role = new OfferedRole
        {
            Name = "admin", Target = new RoleTarget("view"), Scope = RoleScope.Cluster, MaxDuration = TimeSpan.FromHours(1), DefaultDuration = TimeSpan.FromMinutes(10),
            Approval = [new ApprovalRule(1, new People(["sre"], []))],
        };
        return new AccessPolicy { Name = name, Clusters = new ClusterSelector(clusters, new Dictionary<string, string>()), Requesters = new People(["platform"], []), Roles = [with?.Invoke(role) ?? role] };
    }
}
