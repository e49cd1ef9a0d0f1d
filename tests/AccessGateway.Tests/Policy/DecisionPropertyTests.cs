namespace AccessGateway.Tests.Policy;

using AccessGateway.Contracts;
using AccessGateway.Policy;
using CsCheck;
using Xunit;

/// <summary>What holds for the decision whatever the policies and the request are.</summary>
public sealed class DecisionPropertyTests
{
    /// <summary>A further policy that makes the same offer to the same person never loosens it, in any of its conditions.</summary>
    [Fact]
    public void Decide_FurtherPolicy_NeverLoosens() => Gen.Select(Policies.Policy.List[1, 4], Policies.Policy, Policies.Facts, Gen.Int[0, 4]).Sample((policies, further, facts, place) =>
    {
        // Aimed at the request half of the time: else the further policy rarely has to do with it.
        var offer = RoleOffer.Merge(policies, facts.Clusters, facts.Requester, facts.Role);
        if (offer is null)
            return;
        List<AccessPolicy> more = [.. policies];
        more.Insert(Math.Min(place, more.Count), further);
        var (before, after) = (AccessPolicy.Decide(policies, facts), AccessPolicy.Decide(more, facts));
        Assert.True(Decided.Strictness(after) >= Decided.Strictness(before), $"{before} became {after}");
        if (Decided.OfferOf(before) is { } loose && Decided.OfferOf(after) is { } strict)
            Decided.AssertNotLooser(loose, strict, facts);
    }, iter: 30_000);

    /// <summary>A policy of the very same shape, so that hardly any sample is without effect.</summary>
    [Fact]
    public void Decide_StricterCopy_NeverLoosens() => Gen.Select(Policies.Policy, Policies.Policy, Policies.Facts).Sample((first, other, facts) =>
    {
        var aimed = first with { Clusters = new ClusterSelector([facts.Clusters[0].Name], new Dictionary<string, string>()), Requesters = new People([], [facts.Requester.Name]), Roles = [.. first.Roles.Select(role => role with { Name = facts.Role }).Take(1)] };
        var copy = aimed with
        {
            Name = "copy", Reason = other.Reason, Hours = other.Hours, MfaMaxAge = other.MfaMaxAge, MfaFactors = other.MfaFactors, PendingLifetime = other.PendingLifetime,
            Roles = [aimed.Roles[0] with
            {
                MaxDuration = other.Roles[0].MaxDuration, DefaultDuration = other.Roles[0].DefaultDuration, Approval = other.Roles[0].Approval, Privileged = other.Roles[0].Privileged,
                Namespaces = aimed.Roles[0].Scope == RoleScope.Namespaces && other.Roles[0].Namespaces.Count > 0 ? other.Roles[0].Namespaces : aimed.Roles[0].Namespaces,
            }],
        };
        var (before, after) = (AccessPolicy.Decide([aimed], facts), AccessPolicy.Decide([aimed, copy], facts));
        Assert.True(Decided.Strictness(after) >= Decided.Strictness(before), $"{before} became {after}");
        if (Decided.OfferOf(before) is { } loose && Decided.OfferOf(after) is { } strict)
            Decided.AssertNotLooser(loose, strict, facts);
    }, iter: 30_000);

    [Fact]
    public void Decide_AnyFacts_AnAnswerAndTheSameInAnyOrder() => Gen.Select(Policies.Policy.List[0, 6], Policies.Facts, Gen.Int[0, 1000]).Sample((policies, facts, seed) =>
    {
        var decision = AccessPolicy.Decide(policies, facts);
        Assert.NotNull(decision);
        var shuffled = policies.OrderBy(policy => HashCode.Combine(policy.Name, seed)).ToList();
        Decided.AssertSame(decision, AccessPolicy.Decide(shuffled, facts));
        Decided.AssertSame(decision, AccessPolicy.Decide(policies, facts));
    }, iter: 20_000);

    /// <summary>Texts that no check has seen: the decision is made before and after other checks, and must never throw.</summary>
    [Fact]
    public void Decide_WildFacts_NothingThrown() => Gen.Select(Policies.Policy.List[0, 4], Gen.String, Gen.String, Gen.String.List[0, 3], Gen.Long, Gen.DateTimeOffset).Sample((policies, cluster, text, names, ticks, at) =>
        Assert.NotNull(AccessPolicy.Decide(policies, new RequestFacts([new ClusterFacts(cluster, new Dictionary<string, string>())], new PersonFacts(text, names), text, names, TimeSpan.FromTicks(ticks), text, at))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decide_AtTheEndsOfTime_NothingThrown(bool first) => Policies.Policy.List[1, 4].Sample(policies =>
        Assert.NotNull(AccessPolicy.Decide([.. policies.Select(policy => policy with { Requesters = new People(["platform"], []), Clusters = new ClusterSelector(["dev"], new Dictionary<string, string>()) })], new RequestFacts(
            [Policies.KnownClusters[0]], new PersonFacts("alice", ["platform"]), policies[0].Roles[0].Name, ["web"], null, "INC-1 because", first ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue))));

    /// <summary>The index finds what the plain list finds.</summary>
    [Fact]
    public void Decide_ByTheIndex_AsByTheList() => Gen.Select(Policies.Policy.List[0, 12], Policies.Facts).Sample((policies, facts) =>
        Decided.AssertSame(AccessPolicy.Decide(policies, facts), AccessPolicy.Decide(new PolicySet(policies, Policies.KnownClusters), facts)), iter: 20_000);
}
