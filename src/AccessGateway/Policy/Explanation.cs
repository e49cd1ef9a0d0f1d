namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>One thing that a policy says to a request.</summary>
/// <param name="Place">The line that says so; null where the policy came from no document.</param>
/// <param name="Decides">Whether the answer is what it is because of it.</param>
internal sealed record Finding(string Policy, SourcePlace? Place, string Says, bool Decides);

/// <summary>What would be decided, and which lines of which policies say so. Pure, as the decision is.</summary>
internal sealed record Explanation(Decision Decision, IReadOnlyList<Finding> Findings)
{
    /// <summary>Policies that nearly apply are shown up to this number.</summary>
    private const int Near = 10;

    public static Explanation Of(IReadOnlyList<AccessPolicy> policies, RequestFacts facts)
    {
        var decision = AccessPolicy.Decide(policies, facts);
        if (RoleOffer.Merge(policies, facts.Clusters, facts.Requester, facts.Role) is not { } merged)
        {
            var without = facts.Clusters.Where(cluster => RoleOffer.Merge(policies, cluster, facts.Requester, facts.Role) is null);
            return new Explanation(decision, [.. without.SelectMany(cluster => policies.SelectMany(policy => Missed(policy, cluster, facts))).Distinct().Take(Near)]);
        }

        var offers = policies
            .Where(policy => facts.Clusters.Any(policy.Clusters.Includes) && policy.Requesters.Include(facts.Requester))
            .SelectMany(policy => policy.Roles.Where(role => role.Name == facts.Role).Select(role => (Policy: policy, Role: role)));
        return new Explanation(decision, [.. offers.SelectMany(offer => Of(offer.Policy, offer.Role, merged, decision, facts))]);
    }

    /// <summary>Why a policy that offers the role of that name does not offer it here.</summary>
    private static IEnumerable<Finding> Missed(AccessPolicy policy, ClusterFacts cluster, RequestFacts facts)
    {
        if (!policy.Roles.Any(role => role.Name == facts.Role))
            yield break;
        if (!policy.Clusters.Includes(cluster))
            yield return new Finding(policy.Name, Line(policy.Places, "clusters"), $"offers '{facts.Role}', but not on cluster '{cluster.Name}'", Decides: true);
        if (!policy.Requesters.Include(facts.Requester))
            yield return new Finding(policy.Name, Line(policy.Places, "requesters"), $"offers '{facts.Role}' to {policy.Requesters} only", Decides: true);
    }

    private static IEnumerable<Finding> Of(AccessPolicy policy, OfferedRole role, RoleOffer merged, Decision decision, RequestFacts facts)
    {
        var denied = decision as Decision.Denied;
        yield return Say("name", $"offers {role.Target} as '{role.Name}' to {policy.Requesters}{On(policy, facts)}", denied is null || denied.Field == nameof(RequestFacts.Role));
        yield return Say("maxDuration", $"at most {DurationText.Format(role.MaxDuration)}", denied?.Field == nameof(RequestFacts.Duration) && role.MaxDuration == merged.MaxDuration);
        if (facts.Duration is null)
            yield return Say("defaultDuration", $"{DurationText.Format(role.DefaultDuration)} where no duration is asked for", denied is null && role.DefaultDuration == merged.DefaultDuration);
        yield return Say("approval", Approval(role.Approval), decision is Decision.Automatic or Decision.NeedsApproval && (merged.Approval.Count == 0 || role.Approval.Any(rule => merged.Approval.Contains(rule.For(facts.Requester)))));
        foreach (var finding in Workflow(policy, role, decision, facts))
            yield return finding;
        if (role.Scope == RoleScope.Namespaces)
            yield return Say("namespaces", $"in namespaces {NamespaceChoice.Words(role.Namespaces, role.ExceptNamespaces)}", denied?.Field == nameof(RequestFacts.Namespaces) && !facts.Namespaces.All(role.Offers));
        if (policy.Reason != ReasonRule.Optional)
            yield return SayOfAll("reason", policy.Reason.Problem(facts.Reason) ?? "the reason will do", denied?.Field == nameof(RequestFacts.Reason) && policy.Reason.Problem(facts.Reason) is not null);
        if (policy.Hours is { } hours)
            yield return SayOfAll("hours", $"{hours}", denied?.Field == nameof(SubmitAccessRequest.StartsAt) && !hours.Contains(facts.ActiveFrom));
        yield return SayOfAll("mfa", $"MFA by {string.Join(" or ", policy.MfaFactors)}, {(role.Privileged ? "each time" : $"not older than {DurationText.Format(policy.MfaMaxAge)}")}", denied is null && policy.MfaMaxAge == merged.MfaMaxAge);

        Finding Say(string key, string says, bool decides) => new(policy.Name, Line(role.Places, key) ?? Line(role.Places, "name"), says, decides);
        Finding SayOfAll(string key, string says, bool decides) => new(policy.Name, Line(policy.Places, key) ?? Line(role.Places, "name"), says, decides);
    }

    /// <summary>What shapes the way from a request to a grant.</summary>
    private static IEnumerable<Finding> Workflow(AccessPolicy policy, OfferedRole role, Decision decision, RequestFacts facts)
    {
        var denied = decision as Decision.Denied;
        if (role.AutomaticWhen is { } when)
            yield return Say(role.Places, "automaticWhen", $"approved at once {when}; here that {(when.Holds(facts) ? "holds" : "does not hold")}", decision is Decision.Automatic);
        if (role.BreakGlass is { } glass)
            yield return Say(role.Places, "breakGlass", $"{glass.People} may break the glass, for at most {DurationText.Format(glass.MaxDuration)}", decision is Decision.BreakGlass || denied?.Field == nameof(RequestFacts.BreakGlass));
        if (policy.Ticket != TicketRule.Optional)
        {
            var problem = policy.Ticket.Problem(facts.Ticket, facts.TicketAnswer);
            yield return Say(policy.Places, "ticket", problem ?? "the ticket will do", denied?.Field == nameof(RequestFacts.Ticket) && problem is not null);
        }

        Finding Say(IReadOnlyDictionary<string, SourcePlace> places, string key, string says, bool decides) => new(policy.Name, Line(places, key) ?? Line(role.Places, "name"), says, decides);
    }

    /// <summary>For which of several clusters the policy is.</summary>
    private static string On(AccessPolicy policy, RequestFacts facts) =>
        facts.Clusters.Count == 1 ? "" : $" on {string.Join(", ", facts.Clusters.Where(policy.Clusters.Includes).Select(cluster => cluster.Name))}";

    private static string Approval(IReadOnlyList<ApprovalRule> rules) =>
        rules.Count == 0 ? "approved at once" : $"needs {string.Join(" and ", rules.Select(rule => $"{rule.Required} of {rule.Reviewers}"))}";

    private static SourcePlace? Line(IReadOnlyDictionary<string, SourcePlace> places, string key) => places.GetValueOrDefault(key);
}
