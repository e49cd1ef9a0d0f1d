namespace AccessGateway.Policy;

/// <summary>Who of an offer's requesters may take the role at once, without approval, in an emergency.</summary>
/// <param name="MaxDuration">1 min to the offer's longest.</param>
/// <param name="ReviewWithin">How soon somebody else must have looked at it; 1 h to 30 d.</param>
internal sealed record BreakGlassRule(People People, TimeSpan MaxDuration, TimeSpan ReviewWithin)
{
    /// <summary>A reason is always needed, of so many characters at least.</summary>
    public const int MinReason = 10;

    /// <summary>Of several policies' the shortest times; null where one of them has none for this person.</summary>
    public static BreakGlassRule? Merge(IReadOnlyCollection<BreakGlassRule?> rules, PersonFacts requester) =>
        rules.All(rule => rule?.People.Include(requester) == true)
            ? rules.OfType<BreakGlassRule>().Aggregate((a, b) => a with
            {
                MaxDuration = a.MaxDuration < b.MaxDuration ? a.MaxDuration : b.MaxDuration,
                ReviewWithin = a.ReviewWithin < b.ReviewWithin ? a.ReviewWithin : b.ReviewWithin,
            })
            : null;

    /// <summary>Decides a break-glass. The hours, the ticket and the reason's pattern do not count: none of them may keep somebody
    /// from a burning house.</summary>
    public static Decision Decide(RoleOffer offer, RequestFacts facts)
    {
        if (facts.Clusters is not [var cluster])
            return new Decision.Denied(nameof(facts.Clusters), "Break the glass for one cluster at a time.");
        if (offer.BreakGlass is not { } rule)
            return new Decision.Denied(nameof(facts.BreakGlass), $"You may not break the glass for the role '{facts.Role}' on cluster '{cluster.Name}'.", NotOffered: true);
        var least = Math.Max(MinReason, offer.Reasons.Select(reason => reason.MinLength).DefaultIfEmpty().Max());
        if ((facts.Reason?.Trim().Length ?? 0) < least)
            return new Decision.Denied(nameof(facts.Reason), $"Breaking the glass needs a reason of at least {least} characters.");
        var duration = facts.Duration ?? (offer.DefaultDuration < rule.MaxDuration ? offer.DefaultDuration : rule.MaxDuration);
        if (duration <= TimeSpan.Zero || duration > rule.MaxDuration)
            return new Decision.Denied(nameof(facts.Duration), $"At most {Contracts.DurationText.Format(rule.MaxDuration)} by breaking the glass.");
        return new Decision.BreakGlass(offer, duration, rule.ReviewWithin);
    }
}
