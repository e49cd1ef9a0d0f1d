namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>
/// What all policies together offer one person as one role on a cluster, or on several at once: of each condition the most
/// restrictive, so that a further policy or cluster never loosens an offer.
/// </summary>
internal sealed record RoleOffer
{
    public required string Role { get; init; }

    public required RoleTarget Target { get; init; }

    public required RoleScope Scope { get; init; }

    /// <summary>A list of patterns from each policy; a namespace must match one of each list.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> NamespacePatterns { get; init; }

    /// <summary>Patterns of namespaces that a policy excepts, whatever is offered.</summary>
    public IReadOnlyList<string> ExceptNamespaces { get; init; } = [];

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

    /// <summary>What every policy demands by risk.</summary>
    public IReadOnlyList<RiskDemand> RiskDemands { get; init; } = [];

    /// <summary>The names of the policies that make the offer.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>Why the offer cannot be taken, where its policies mean different roles by one name, or accept no factor in common.</summary>
    public string? Contradiction { get; init; }

    /// <summary>How many reviewers must say yes, where no reviewer counts for two rules.</summary>
    public int ApprovalsRequired => Approval.Sum(rule => rule.Required);

    /// <summary>Whether it offers just this, there: a name alone may have come to mean another role.</summary>
    public bool Covers(RoleTarget target, IReadOnlyList<string> namespaces) =>
        Contradiction is null && target == Target && NamespaceChoice.Problem(this, namespaces) is null;

    /// <summary>Whether it may be asked for in that namespace.</summary>
    public bool OffersNamespace(string name) =>
        !NamespaceChoice.IsExcepted(ExceptNamespaces, name) && NamespacePatterns.All(patterns => patterns.Any(pattern => Glob.IsMatch(pattern, name)));

    /// <summary>The offer with the approvals that this risk demands besides its own.</summary>
    public RoleOffer At(RiskLevel risk, PersonFacts requester) => this with { Approval = MostRestrictive([.. Approval, .. DemandedAt(risk)], requester) };

    /// <summary>Why nobody gets it at this risk; null where that is no reason.</summary>
    public string? DenialAt(RequestFacts facts) => RiskDemands.FirstOrDefault(demand => demand.Denied && demand.Concerns(facts.Risk)) is { } denial
        ? facts.Risk == RiskLevel.Unknown ? UnknownRisk(facts, denial.From) : $"The risk of this role there is {Word(facts.Risk)}, and policy denies from {Word(denial.From)} on."
        : null;

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
    public static RoleOffer? Merge(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester, string role) =>
        Merge(policies, [cluster], requester, role);

    /// <summary>The offer of that name for all of these clusters at once, or null where no policy makes it on one of them.</summary>
    public static RoleOffer? Merge(IEnumerable<AccessPolicy> policies, IReadOnlyList<ClusterFacts> clusters, PersonFacts requester, string role)
    {
        var each = clusters.Select(cluster => (Cluster: cluster.Name, Offers: OffersOf(policies, cluster, requester, role))).ToList();
        if (each.Count == 0 || each.Exists(on => on.Offers.Count == 0))
            return null;

        // A policy that is for several of them stands there several times, and adds nothing by that.
        var offers = each.Count == 1 ? each[0].Offers : [.. each.SelectMany(on => on.Offers)];
        var first = offers[0];
        var longest = requester.Machine?.LongestGrant ?? TimeSpan.MaxValue;
        var maxDuration = Min(offers.Min(offer => offer.Role.MaxDuration), longest);
        return new RoleOffer
        {
            Role = role,
            Target = first.Role.Target,
            Scope = first.Role.Scope,
            NamespacePatterns = [.. offers.Select(offer => offer.Role.Namespaces)],
            ExceptNamespaces = [.. offers.SelectMany(offer => offer.Role.ExceptNamespaces).Distinct(StringComparer.Ordinal)],
            MaxDuration = maxDuration,
            DefaultDuration = Min(offers.Min(offer => offer.Role.DefaultDuration), maxDuration),
            Approval = MostRestrictive(offers.SelectMany(offer => offer.Role.Approval), requester),
            Offers = [.. offers.Select(offer => offer.Role)],
            MaxTotalDuration = Min(offers.Min(offer => offer.Role.MaxTotalDuration ?? offer.Role.MaxDuration), longest),
            BreakGlass = BreakGlassRule.Merge([.. offers.Select(offer => offer.Role.BreakGlass)], requester),
            Tickets = [.. offers.Select(offer => offer.Policy.Ticket).Distinct()],
            Reasons = [.. offers.Select(offer => offer.Policy.Reason).Distinct()],
            Hours = [.. offers.Select(offer => offer.Policy.Hours).OfType<Hours>()],
            PendingLifetime = offers.Min(offer => offer.Policy.PendingLifetime),
            MfaMaxAge = offers.Min(offer => offer.Policy.MfaMaxAge),
            MfaFactors = [.. StepUpMethods.Factors.Where(factor => offers.TrueForAll(offer => offer.Policy.MfaFactors.Contains(factor)))],
            Privileged = offers.Exists(offer => offer.Role.Privileged),
            RiskDemands = [.. offers.SelectMany(offer => offer.Policy.RiskDemands)],
            Policies = [.. offers.Select(offer => offer.Policy.Name).Distinct(StringComparer.Ordinal)],
            Contradiction = each.Select(on => OtherRole(on.Offers, role)).FirstOrDefault(problem => problem is not null)
                ?? OtherRoleBetween(each, role) ?? NoFactorInCommon(offers, role),
        };
    }

    private static List<(AccessPolicy Policy, OfferedRole Role)> OffersOf(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester, string role) =>
        [.. Applicable(policies, cluster, requester).SelectMany(policy => policy.Roles.Where(offered => offered.Name == role).Select(offered => (policy, offered)))];

    private static string? OtherRole(List<(AccessPolicy Policy, OfferedRole Role)> offers, string role)
    {
        var first = offers[0];
        var other = offers.Find(offer => !IsSame(offer.Role, first.Role));
        return other.Role is null ? null : $"The policies '{first.Policy.Name}' and '{other.Policy.Name}' mean different roles by '{role}'; nobody gets either.";
    }

    private static string? OtherRoleBetween(List<(string Cluster, List<(AccessPolicy Policy, OfferedRole Role)> Offers)> each, string role)
    {
        var first = each[0];
        var other = each.Find(on => !IsSame(on.Offers[0].Role, first.Offers[0].Role));
        return other.Cluster is null ? null
            : $"'{role}' means {first.Offers[0].Role.Words} on cluster '{first.Cluster}' and {other.Offers[0].Role.Words} on cluster '{other.Cluster}'. Ask for each by itself.";
    }

    private static bool IsSame(OfferedRole one, OfferedRole other) => one.Target == other.Target && one.Scope == other.Scope;

    private static string? NoFactorInCommon(List<(AccessPolicy Policy, OfferedRole Role)> offers, string role)
    {
        var first = offers[0];
        // Nearly always: nobody says anything about factors.
        if (first.Policy.MfaFactors.Count > 0 && offers.TrueForAll(offer => ReferenceEquals(offer.Policy.MfaFactors, first.Policy.MfaFactors)))
            return null;
        foreach (var (policy, _) in offers)
        {
            if (offers.Find(offer => !offer.Policy.MfaFactors.Any(policy.MfaFactors.Contains)) is { Policy: { } against })
                return $"The policies '{policy.Name}' ({string.Join(", ", policy.MfaFactors)}) and '{against.Name}' ({string.Join(", ", against.MfaFactors)}) accept no factor in common for '{role}'; nobody gets it.";
        }

        return null;
    }

    private static IEnumerable<AccessPolicy> Applicable(IEnumerable<AccessPolicy> policies, ClusterFacts cluster, PersonFacts requester) =>
        (policies is PolicySet set ? set.Candidates(cluster, requester) : policies).Where(policy => policy.Clusters.Includes(cluster) && policy.Requesters.Include(requester));

    /// <summary>The approval that a request needs, given the facts. A policy whose conditions hold adds none; adding a policy never
    /// takes any away.</summary>
    public IReadOnlyList<ApprovalRule> ApprovalFor(RequestFacts facts, TimeSpan duration)
    {
        // Beyond the usual time, or with a ticket that nobody vouches for, nothing is automatic.
        var people = duration > MaxDuration || Tickets.Any(ticket => !ticket.LetsApprove(facts.TicketAnswer));
        var usual = people ? Offers.SelectMany(role => role.Approval.Count > 0 ? role.Approval : role.Otherwise)
            : Offers.Where(role => role.AutomaticWhen?.Holds(facts) != true).SelectMany(role => role.Approval);
        // What the risk demands, no condition takes away.
        return MostRestrictive([.. usual, .. DemandedAt(facts.Risk)], facts.Requester);
    }

    /// <summary>Whoever stands before this at night must see that it is the cluster that gives no answer, and not their rights.</summary>
    private static string UnknownRisk(RequestFacts facts, RiskLevel from) =>
        $"The risk of this role there is unknown: {facts.RiskProblem ?? "nobody has looked."} What is unknown counts as the worst, and policy denies from {Word(from)} on. "
        + (facts.BreakGlass ? "Breaking the glass is no way around it: a cluster that the gateway cannot reach, it cannot bind the role in either. " : "")
        + "Ask again when the cluster answers, or have an administrator look at its health.";

    private static string Word(RiskLevel risk) => risk.ToString().ToLowerInvariant();

    private IEnumerable<ApprovalRule> DemandedAt(RiskLevel risk) => RiskDemands.Where(demand => demand.Concerns(risk)).SelectMany(demand => demand.Rules);

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
