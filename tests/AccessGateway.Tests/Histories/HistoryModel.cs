namespace AccessGateway.Tests.Histories;

using AccessGateway.Contracts;

/// <summary>What a request and its grant should be, in a few lines that are easily read: the gateway must never say anything else.</summary>
internal sealed class HistoryModel
{
    public required string Id { get; init; }

    public required AccessRequestKind Kind { get; init; }

    public required AccessRequestState State { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    public required TimeSpan Duration { get; init; }

    public bool Activated { get; set; }

    public bool Reviewed { get; set; }

    public bool BreakGlass { get; init; }

    public AfterVerdict? Verdict { get; set; }

    /// <summary>The grant: of an extension the one that it extends.</summary>
    public GrantModel? Grant { get; set; }

    public DateTimeOffset? ExtendsTo { get; init; }

    public AccessRequestState StateAt(DateTimeOffset now) =>
        State is AccessRequestState.Pending or AccessRequestState.Approved && !Activated && ExpiresAt <= now ? AccessRequestState.Expired : State;

    public bool CanReview(DateTimeOffset now) => StateAt(now) == AccessRequestState.Pending;

    public bool CanWithdraw(DateTimeOffset now) => !Activated && StateAt(now) is AccessRequestState.Pending or AccessRequestState.Approved && !Activated;

    public bool CanActivate(DateTimeOffset now) => !Activated && StateAt(now) == AccessRequestState.Approved
        && (Kind == AccessRequestKind.Access || (Grant!.StateAt(now) == GrantState.Active && Grant.NotAfter < ExtendsTo));

    /// <summary>What a pass writes down stays so, whatever the clock does later.</summary>
    public void Pass(DateTimeOffset now) => State = StateAt(now);
}

internal sealed class GrantModel
{
    public required string Id { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; set; }

    public GrantState State { get; set; }

    public GrantState StateAt(DateTimeOffset now) => State == GrantState.Active && NotAfter <= now ? GrantState.Expired : State;

    public void Pass(DateTimeOffset now) => State = StateAt(now);
}
