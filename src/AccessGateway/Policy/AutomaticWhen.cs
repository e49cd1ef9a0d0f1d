namespace AccessGateway.Policy;

/// <summary>Conditions under which a role that else needs approval is approved at once. All that are stated must hold.</summary>
/// <param name="OnCall">A schedule by which the requester must be on call; null: no condition.</param>
/// <param name="Ticket">Whether the tracker must have confirmed the ticket.</param>
internal sealed record AutomaticWhen(string? OnCall, Hours? Hours, bool Ticket)
{
    /// <summary>What is not known does not hold.</summary>
    public bool Holds(RequestFacts facts) =>
        (OnCall is not null || Hours is not null || Ticket)
        && (OnCall is null || facts.OnCall.Contains(OnCall))
        && (Hours is null || Hours.Contains(facts.ActiveFrom))
        && (!Ticket || facts.TicketAnswer == TicketAnswer.Confirmed);

    public override string ToString() => string.Join(" and ", new[]
    {
        OnCall is null ? null : $"on call by '{OnCall}'",
        Hours is null ? null : $"{Hours}",
        Ticket ? "with a confirmed ticket" : null,
    }.OfType<string>());
}
