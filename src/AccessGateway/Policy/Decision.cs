namespace AccessGateway.Policy;

/// <summary>What policy says to a request: deny, else approval, else automatic.</summary>
internal abstract record Decision
{
    /// <param name="Field">The field of the request that stands against it.</param>
    /// <param name="NotOffered">No policy makes such an offer at all.</param>
    internal sealed record Denied(string Field, string Reason, bool NotOffered = false) : Decision;

    /// <summary>Approved at once.</summary>
    internal sealed record Automatic(RoleOffer Offer, TimeSpan Duration) : Decision;

    /// <summary>People decide, by the offer's rules.</summary>
    internal sealed record NeedsApproval(RoleOffer Offer, TimeSpan Duration) : Decision;

    /// <summary>A grant at once, to be reviewed afterwards.</summary>
    internal sealed record BreakGlass(RoleOffer Offer, TimeSpan Duration, TimeSpan ReviewWithin) : Decision;
}
