namespace AccessGateway.AccessRequests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Makes a request of what was asked and what policy offers for it.</summary>
/// <param name="Facts">What was decided on.</param>
/// <param name="RulesDigests">What the role allows now on each cluster; none where nobody will be asked.</param>
/// <param name="PolicyDigest">The configuration that decided.</param>
internal sealed record NewAccessRequest(Caller Caller, RequestFacts Facts, RoleOffer Offer, TimeSpan Duration, string? Identity, IReadOnlyDictionary<string, string?> RulesDigests, string PolicyDigest, DateTimeOffset Now)
{
    public AccessRequest Of(SubmitAccessRequest asked, string? idempotencyKey)
    {
        var from = asked.StartsAt is { } start && start > Now ? start : Now;
        var id = Identifier.New("ar");
        return new AccessRequest
        {
            Id = id,
            RequesterId = Caller.UserId,
            Subject = Caller.Name,
            RequesterIdentity = Identity,
            Clusters = ClustersOf(id),
            Role = Offer.Role,
            ClusterRole = Offer.Target.ClusterRole,
            NamespacedRole = Offer.Target.NamespacedRole,
            RoleRules = Offer.Target.RulesText,
            Scope = Offer.Scope,
            Namespaces = [.. (asked.Namespaces ?? []).Distinct(StringComparer.Ordinal)],
            ExceptNamespaces = NamespaceChoice.HasPatterns(Facts.Namespaces) ? [.. Offer.ExceptNamespaces] : [],
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
            ReviewsSince = Now,
            NextReminderAt = Reminding.FirstReminder(Offer.Approval, Now),
            NextEscalationAt = Reminding.NextEscalation(Offer.Approval, Now, Now),
            IdempotencyKey = idempotencyKey,
        };
    }

    /// <summary>A request for a later end of a grant, in the words of the request that it came from. It ends with the grant.</summary>
    public AccessRequest Extending(AccessRequest first, string grantId, DateTimeOffset notAfter, string? reason) => Extending(Identifier.New("ar"), first, grantId, notAfter, reason);

    private AccessRequest Extending(string id, AccessRequest first, string grantId, DateTimeOffset notAfter, string? reason) => new()
    {
        Id = id,
        Kind = AccessRequestKind.Extension,
        ExtendsGrantId = grantId,
        ExtendsTo = notAfter + Duration,
        RequesterId = Caller.UserId,
        Subject = Caller.Name,
        RequesterIdentity = Identity,
        Clusters = ClustersOf(id),
        Role = first.Role,
        ClusterRole = first.ClusterRole,
        NamespacedRole = first.NamespacedRole,
        RoleRules = first.RoleRules,
        Scope = first.Scope,
        Namespaces = [.. first.Namespaces],
        ExceptNamespaces = [.. first.ExceptNamespaces],
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
        ReviewsSince = Now,
        NextReminderAt = Reminding.FirstReminder(Offer.Approval, Now),
        NextEscalationAt = Reminding.NextEscalation(Offer.Approval, Now, Now),
    };

    private List<RequestedCluster> ClustersOf(string id) => [.. Facts.Clusters.Select(cluster => new RequestedCluster
    {
        AccessRequestId = id,
        Cluster = cluster.Name,
        Risk = Facts.Risks.GetValueOrDefault(cluster.Name, Facts.Risk),
        RulesDigest = RulesDigests.GetValueOrDefault(cluster.Name),
        MatchedNamespaces = Facts.Matches.TryGetValue(cluster.Name, out var matches) ? [.. matches] : null,
    })];

    private AccessRequestState State => Offer.Approval.Count == 0 ? AccessRequestState.Approved : AccessRequestState.Pending;
}
