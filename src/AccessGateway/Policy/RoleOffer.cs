namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>
/// What all policies together offer one person as one role on one cluster: of each condition the most restrictive, so that a
/// further policy never loosens an offer.
/// </summary>
internal sealed record RoleOffer
{
    public required string Role { get; init; }

    public required string ClusterRole { get; init; }

    public required RoleScope Scope { get; init; }

    /// <summary>A list of patterns from each policy; a namespace must match one of each list.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> NamespacePatterns { get; init; }

    public required TimeSpan MaxDuration { get; init; }

    public required TimeSpan DefaultDuration { get; init; }

    /// <summary>All must be met; empty means approved at once. Without the conditions of <see cref="AutomaticWhen"/>, see <see cref="ApprovalFor"/>.</summary>
    public required IReadOnlyList<ApprovalRule> Approval { get; init; }

    /// <summary>The role as each policy offers it.</summary>
    public IReadOnlyList<OfferedRole> Offers { get; init; } = [];

    /// <summary>How long a grant may last with its extensions.</summary>
    public TimeSpan MaxTotalDuration { get; init; }

    /// <summary>Null where this person may not break the glass.</summary>
    public BreakGlassRule? BreakGlass { get; init; }

    public IReadOnlyList<TicketRule> Tickets { get; init; } = [];

    public required IReadOnlyList<ReasonRule> Reasons { get; init; }

    public required IReadOnlyList<Hours> Hours { get; init; }

    public required TimeSpan PendingLifetime { get; init; }

    public required TimeSpan MfaMaxAge { get; init; }

    /// <summary>The factors that every policy accepts.</summary>
    public required IReadOnlyList<string> MfaFactors { get; init; }

    /// <summary>Whether a policy calls the role privileged.</summary>
    public required bool Privileged { get; init; }

    /// <summary>The names of the policies that make the offer.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>Why the offer cannot be taken, where its policies mean different roles by one name, or accept no factor in common.</summary>
    public string? Contradiction { get; init; }

    /// <summary>How many reviewers must say yes, where no reviewer counts for two rules.</summary>
    public int ApprovalsRequired => Approval.Sum(rule => rule.Required);

    /// <summary>Every offer for this person on this cluster, by name.</summary>
    public static IReadOnlyList<RoleOffer> All(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester)
    {
        var applicable = Applicable(policies, cluster, requester).ToList();
        return [.. applicable.SelectMany(policy => policy.Roles)
            .Select(role => role.Name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => Merge(applicable, cluster, requester, name))
            .OfType<RoleOffer>()];
    }

    /// <summary>The offer of that name, or null where no policy makes it.</summary>
    public static RoleOffer? Merge(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester, string role)
    {
        var offers = Applicable(policies, cluster, requester)
            .SelectMany(policy => policy.Roles.Where(offered => offered.Name == role).Select(offered => (Policy: policy, Role: offered)))
            .ToList();
        if (offers.Count == 0)
            return null;

        var first = offers[0];
        var maxDuration = offers.Min(offer => offer.Role.MaxDuration);
        return new RoleOffer
        {
            Role = role,
            ClusterRole = first.Role.ClusterRole,
            Scope = first.Role.Scope,
            NamespacePatterns = [.. offers.Select(offer => offer.Role.Namespaces)],
            MaxDuration = maxDuration,
            DefaultDuration = Min(offers.Min(offer => offer.Role.DefaultDuration), maxDuration),
            Approval = MostRestrictive(offers.SelectMany(offer => offer.Role.Approval), requester),
            Offers = [.. offers.Select(offer => offer.Role)],
            MaxTotalDuration = offers.Min(offer => offer.Role.MaxTotalDuration ?? offer.Role.MaxDuration),
            BreakGlass = BreakGlassRule.Merge([.. offers.Select(offer => offer.Role.BreakGlass)], requester),
            Tickets = [.. offers.Select(offer => offer.Policy.Ticket)],
            Reasons = [.. offers.Select(offer => offer.Policy.Reason)],
            Hours = [.. offers.Select(offer => offer.Policy.Hours).OfType<Hours>()],
            PendingLifetime = offers.Min(offer => offer.Policy.PendingLifetime),
            MfaMaxAge = offers.Min(offer => offer.Policy.MfaMaxAge),
            MfaFactors = [.. StepUpMethods.Factors.Where(factor => offers.TrueForAll(offer => offer.Policy.MfaFactors.Contains(factor)))],
            Privileged = offers.Exists(offer => offer.Role.Privileged),
            Policies = [.. offers.Select(offer => offer.Policy.Name).Distinct(StringComparer.Ordinal)],
            Contradiction = ContradictionOf(offers, role),
        };
    }

    private static string? ContradictionOf(List<(AccessPolicy Policy, OfferedRole Role)> offers, string role)
    {
        var first = offers[0];
        var other = offers.Find(offer => offer.Role.ClusterRole != first.Role.ClusterRole || offer.Role.Scope != first.Role.Scope);
        if (other.Role is not null)
            return $"The policies '{first.Policy.Name}' and '{other.Policy.Name}' mean different roles by '{role}'; nobody gets either.";
        foreach (var (policy, _) in offers)
        {
            if (offers.Find(offer => !offer.Policy.MfaFactors.Any(policy.MfaFactors.Contains)) is { Policy: { } against })
                return $"The policies '{policy.Name}' ({string.Join(", ", policy.MfaFactors)}) and '{against.Name}' ({string.Join(", ", against.MfaFactors)}) accept no factor in common for '{role}'; nobody gets it.";
        }

        return null;
    }

    private static IEnumerable<AccessPolicy> Applicable(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester) =>
        policies.Where(policy => policy.Clusters.Includes(cluster) && policy.Requesters.Include(requester));

    /// <summary>The approval that a request needs, given the facts. A policy whose conditions hold adds none; adding a policy never
    /// takes any away.</summary>
    public IReadOnlyList<ApprovalRule> ApprovalFor(RequestFacts facts, TimeSpan duration)
    {
        // Beyond the usual time, or with a ticket that nobody vouches for, nothing is automatic.
        var people = duration > MaxDuration || Tickets.Any(ticket => !ticket.LetsApprove(facts.TicketAnswer));
        return MostRestrictive(
            people ? Offers.SelectMany(role => role.Approval.Count > 0 ? role.Approval : role.Otherwise)
            : Offers.Where(role => role.AutomaticWhen?.Holds(facts) != true).SelectMany(role => role.Approval),
            facts.Requester);
    }

    /// <summary>Every rule, and of rules with the same reviewers the one with the largest quorum; of those only what all say lets
    /// others in later.</summary>
    private static List<ApprovalRule> MostRestrictive(IEnumerable<ApprovalRule> rules, PersonFacts requester) =>
        [.. rules.Select(rule => rule.For(requester)).GroupBy(rule => rule.Reviewers).Select(same => same.MaxBy(rule => rule.Required)! with
        {
            Escalation = same.Select(rule => rule.Escalation).Distinct().Count() == 1 ? same.First().Escalation : null,
            RemindEvery = same.Min(rule => rule.RemindEvery),
        })];

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
