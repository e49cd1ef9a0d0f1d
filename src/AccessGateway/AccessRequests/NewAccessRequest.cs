namespace AccessGateway.AccessRequests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Makes a request of what was asked and what policy offers for it.</summary>
/// <param name="Facts">What was decided on.</param>
/// <param name="RulesDigest">What the role allows now; null where nobody will be asked.</param>
/// <param name="PolicyDigest">The configuration that decided.</param>
internal sealed record NewAccessRequest(Caller Caller, RequestFacts Facts, RoleOffer Offer, TimeSpan Duration, string? Identity, string? RulesDigest, string PolicyDigest, DateTimeOffset Now)
{
    public AccessRequest Of(SubmitAccessRequest asked, string? idempotencyKey)
    {
        var from = asked.StartsAt is { } start && start > Now ? start : Now;
        return new AccessRequest
        {
            Id = Identifier.New("ar"),
            RequesterId = Caller.UserId,
            Subject = Caller.Name,
            RequesterIdentity = Identity,
            Cluster = asked.Cluster,
            Role = Offer.Role,
            ClusterRole = Offer.Target.ClusterRole,
            NamespacedRole = Offer.Target.NamespacedRole,
            RoleRules = Offer.Target.RulesText,
            Scope = Offer.Scope,
            Namespaces = [.. (asked.Namespaces ?? []).Distinct(StringComparer.Ordinal)],
            Duration = Duration,
            Reason = asked.Reason?.Trim(),
            Ticket = asked.Ticket?.Trim(),
            StartsAt = asked.StartsAt,
            CreatedAt = Now,
            ExpiresAt = from + Offer.PendingLifetime,
            State = State,
            ApprovalRules = JsonSerializer.Serialize(Offer.Approval),
            PendingLifetime = Offer.PendingLifetime,
            MfaMaxAge = Offer.MfaMaxAge,
            MfaFactors = [.. Offer.MfaFactors],
            Privileged = Offer.Privileged,
            PolicyDigest = PolicyDigest,
            Risk = Facts.Risk,
            TicketAnswer = Facts.TicketAnswer,
            OnCall = [.. Facts.OnCall],
            RulesDigest = RulesDigest,
            ReviewsSince = Now,
            NextReminderAt = Reminding.FirstReminder(Offer.Approval, Now),
            NextEscalationAt = Reminding.NextEscalation(Offer.Approval, Now, Now),
            IdempotencyKey = idempotencyKey,
        };
    }

    /// <summary>A request for a later end of a grant, in the words of the request that it came from. It ends with the grant.</summary>
    public AccessRequest Extending(AccessRequest first, string grantId, DateTimeOffset notAfter, string? reason) => new()
    {
        Id = Identifier.New("ar"),
        Kind = AccessRequestKind.Extension,
        ExtendsGrantId = grantId,
        ExtendsTo = notAfter + Duration,
        RequesterId = Caller.UserId,
        Subject = Caller.Name,
        RequesterIdentity = Identity,
        Cluster = first.Cluster,
        Role = first.Role,
        ClusterRole = first.ClusterRole,
        NamespacedRole = first.NamespacedRole,
        RoleRules = first.RoleRules,
        Scope = first.Scope,
        Namespaces = [.. first.Namespaces],
        Duration = Duration,
        Reason = reason,
        Ticket = first.Ticket,
        CreatedAt = Now,
        ExpiresAt = notAfter,
        State = State,
        ApprovalRules = JsonSerializer.Serialize(Offer.Approval),
        PendingLifetime = Offer.PendingLifetime,
        MfaMaxAge = Offer.MfaMaxAge,
        MfaFactors = [.. Offer.MfaFactors],
        Privileged = Offer.Privileged,
        PolicyDigest = PolicyDigest,
        Risk = Facts.Risk,
        TicketAnswer = Facts.TicketAnswer,
        OnCall = [.. Facts.OnCall],
        RulesDigest = RulesDigest,
        ReviewsSince = Now,
        NextReminderAt = Reminding.FirstReminder(Offer.Approval, Now),
        NextEscalationAt = Reminding.NextEscalation(Offer.Approval, Now, Now),
    };

    private AccessRequestState State => Offer.Approval.Count == 0 ? AccessRequestState.Approved : AccessRequestState.Pending;
}
