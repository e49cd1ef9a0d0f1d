namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>Who may ask for which roles on which clusters, and under which conditions. Immutable; made from a document.</summary>
internal sealed record AccessPolicy
{
    public required string Name { get; init; }

    public required ClusterSelector Clusters { get; init; }

    public required People Requesters { get; init; }

    public required IReadOnlyList<OfferedRole> Roles { get; init; }

    public ReasonRule Reason { get; init; } = ReasonRule.Optional;

    public TicketRule Ticket { get; init; } = TicketRule.Optional;

    /// <summary>How long a request waits to be decided, and then to be activated. Range 1 min to 30 d; default 24 h.</summary>
    public TimeSpan PendingLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How old the MFA behind an activation or review may be. Range 30 s to 12 h; default 5 min.</summary>
    public TimeSpan MfaMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The factors that count for activation, extension and reviews: some of <see cref="StepUpMethods.Factors"/>.</summary>
    public IReadOnlyList<string> MfaFactors { get; init; } = StepUpMethods.Factors;

    public Hours? Hours { get; init; }

    /// <summary>Where each key of the document's spec stands; empty where there is no document.</summary>
    public IReadOnlyDictionary<string, SourcePlace> Places { get; init; } = SourcePlace.None;

    /// <summary>What it demands besides each role's approval, by risk.</summary>
    public IReadOnlyList<RiskDemand> RiskDemands { get; init; } = [];

    /// <summary>Decides a request under all policies at once. Pure and total: the same facts give the same answer, whatever they are.</summary>
    public static Decision Decide(IEnumerable<AccessPolicy> policies, RequestFacts facts)
    {
        var offer = RoleOffer.Merge(policies, facts.Clusters, facts.Requester, facts.Role);
        if (offer is null)
            return NotOffered(policies, facts);
        if (offer.Contradiction is { } contradiction)
            return new Decision.Denied(nameof(facts.Role), contradiction);
        // The risk comes last: the cluster is not asked about what is denied anyway, and that is the reason people must read.
        return Decide(offer.At(facts.Risk, facts.Requester), facts) is var decision && decision is not Decision.Denied && offer.DenialAt(facts) is { } tooRisky
            ? new Decision.Denied(nameof(facts.Role), tooRisky)
            : decision;
    }

    private static Decision Decide(RoleOffer offer, RequestFacts facts)
    {
        if (facts.BreakGlass)
            return NamespacesProblem(offer, facts) ?? BreakGlassRule.Decide(offer, facts);

        var duration = facts.Duration ?? offer.DefaultDuration;
        var longest = facts.Extends ? offer.MaxTotalDuration : offer.MaxDuration;
        if (duration <= TimeSpan.Zero)
            return new Decision.Denied(nameof(facts.Duration), "The duration must be more than zero.");
        if (duration > longest)
            return new Decision.Denied(nameof(facts.Duration), $"At most {DurationText.Format(longest)} is offered.");

        Decision? denied = NamespacesProblem(offer, facts) ?? ReasonProblem(offer, facts.Reason) ?? HoursProblem(offer, facts.ActiveFrom) ?? TicketProblem(offer, facts);
        return denied ?? Allowed(offer with { Approval = offer.ApprovalFor(facts, duration) }, duration, facts);
    }

    /// <summary>Names the clusters that stand against it, so that the others can be asked for.</summary>
    private static Decision.Denied NotOffered(IEnumerable<AccessPolicy> policies, RequestFacts facts)
    {
        var missing = facts.Clusters.Where(cluster => RoleOffer.Merge(policies, cluster, facts.Requester, facts.Role) is null).Select(cluster => $"'{cluster.Name}'").ToList();
        return new Decision.Denied(nameof(facts.Role), $"No policy offers you the role '{facts.Role}' on {(missing.Count == 1 ? "cluster" : "the clusters")} {string.Join(", ", missing)}.", NotOffered: true);
    }

    /// <summary>By whom, with the approval that this request needs.</summary>
    private static Decision Allowed(RoleOffer offer, TimeSpan duration, RequestFacts facts)
    {
        if (offer.Approval.Any(rule => rule.Reviewers.IsNobody))
            return new Decision.Denied(nameof(facts.Role), "Your manager must approve this, and you have none here: ask an administrator to put you into a group managed-by.GROUP.");
        return offer.Approval.Count == 0 ? new Decision.Automatic(offer, duration) : new Decision.NeedsApproval(offer, duration);
    }

    private static Decision.Denied? TicketProblem(RoleOffer offer, RequestFacts facts)
    {
        var problem = offer.Tickets.Select(rule => rule.Problem(facts.Ticket, facts.TicketAnswer)).FirstOrDefault(text => text is not null);
        return problem is null ? null : new Decision.Denied(nameof(RequestFacts.Ticket), problem);
    }

    private static Decision.Denied? NamespacesProblem(RoleOffer offer, RequestFacts facts) =>
        (NamespaceChoice.Problem(offer, facts.Namespaces) ?? NamespaceChoice.TooMany(facts)) is { } problem ? new Decision.Denied(nameof(facts.Namespaces), problem) : null;

    private static Decision.Denied? ReasonProblem(RoleOffer offer, string? reason)
    {
        var problem = offer.Reasons.Select(rule => rule.Problem(reason)).FirstOrDefault(text => text is not null);
        return problem is null ? null : new Decision.Denied(nameof(RequestFacts.Reason), problem);
    }

    private static Decision.Denied? HoursProblem(RoleOffer offer, DateTimeOffset from)
    {
        var closed = offer.Hours.FirstOrDefault(hours => !hours.Contains(from));
        return closed is null ? null : new Decision.Denied(nameof(SubmitAccessRequest.StartsAt), $"This role is offered {closed}.");
    }
}
