namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>Asks for a role: <c>POST /api/v1/access-requests</c>.</summary>
public sealed record SubmitAccessRequest
{
    /// <summary>At most so many clusters in one request.</summary>
    public const int MaxClusters = 10;

    /// <summary>A registered cluster's name. Exactly one of this and <see cref="Clusters"/> is given.</summary>
    public string? Cluster { get; init; }

    /// <summary>1 to 10 registered clusters' names, none twice: one request, one decision, and a grant on each. All must offer the
    /// role, and mean the same by it.</summary>
    public IReadOnlyList<string>? Clusters { get; init; }

    /// <summary>A role offer's name, on every one of the clusters.</summary>
    public required string Role { get; init; }

    /// <summary>Names of namespaces, and patterns of names (<c>*</c> for any run of characters, <c>?</c> for one): whatever they match while
    /// the grant is active, at most 100. Required (1 to 50) where the offer's scope is namespaces, refused where it is the cluster. A pattern
    /// must lie within one that is offered.</summary>
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <summary>As <see cref="DurationText"/>; the offer's default where missing.</summary>
    public string? Duration { get; init; }

    /// <summary>At most 500 characters, one line or more.</summary>
    public string? Reason { get; init; }

    /// <summary>A reference in an outside tracker, at most 100 characters.</summary>
    public string? Ticket { get; init; }

    /// <summary>Not before this instant can the grant be activated; now where missing. At most 30 days ahead.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Break-glass: a grant at once, without approval, where the role offer has it. For one cluster at a time. Needs a reason, and a
    /// step-up for <see cref="StepUpActions.BreakGlass"/>; every administrator is told, and somebody else reviews it afterwards.</summary>
    public bool? BreakGlass { get; init; }
}

/// <summary>What an access request asks for.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AccessRequestKind>))]
public enum AccessRequestKind
{
    /// <summary>A role, for a time from activation on.</summary>
    Access,

    /// <summary>A later end for an active grant; activation moves it.</summary>
    Extension,
}

/// <summary>The state of an access request. All but Pending and Approved are final.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AccessRequestState>))]
public enum AccessRequestState
{
    /// <summary>Waits for reviews.</summary>
    Pending,

    /// <summary>May be activated once, by the requester.</summary>
    Approved,

    /// <summary>A reviewer, or policy, said no.</summary>
    Denied,

    /// <summary>The requester took it back.</summary>
    Withdrawn,

    /// <summary>Nobody decided, or nobody activated, in time.</summary>
    Expired,
}

/// <summary>An access request as the requester, its reviewers and auditors see it.</summary>
/// <param name="Id"><c>ar-</c> and 13 letters and digits.</param>
/// <param name="Subject">The user name that the leaf would carry.</param>
/// <param name="Clusters">Where it is asked for, by name; one at least.</param>
/// <param name="Duration">As <see cref="DurationText"/>; counted from activation.</param>
/// <param name="ApprovalsRequired">The quorum; 0 where policy approved at once.</param>
/// <param name="ExpiresAt">When it ends by itself if it is not decided, or not activated.</param>
/// <param name="Risk">How far the role reaches where it is asked for, computed at submission: the worst of the clusters'.</param>
/// <param name="ActivatedAt">When its requester activated it; null before.</param>
/// <param name="Digest">SHA-256 over what is asked, in hex: what reviews are bound to.</param>
/// <param name="CanReview">Whether the caller may review it now.</param>
public sealed record AccessRequestView(
    string Id,
    AccessRequestState State,
    string Subject,
    IReadOnlyList<RequestedClusterView> Clusters,
    string Role,
    string ClusterRole,
    RoleScope Scope,
    IReadOnlyList<string> Namespaces,
    string Duration,
    string? Reason,
    string? Ticket,
    DateTimeOffset? StartsAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    RiskLevel Risk,
    int ApprovalsRequired,
    IReadOnlyList<ReviewView> Reviews,
    DateTimeOffset? ActivatedAt,
    string Digest,
    bool CanReview)
{
    /// <summary>The Role of the namespaces that is bound; null where it is a ClusterRole or rules of the offer's own.</summary>
    public string? NamespacedRole { get; init; }

    /// <summary>Rules of the offer's own, of which the gateway makes a role for this grant alone; null where an existing role is bound.</summary>
    public IReadOnlyList<RoleRuleView>? Rules { get; init; }

    public AccessRequestKind Kind { get; init; }

    /// <summary>Patterns of namespaces that no pattern of <see cref="Namespaces"/> reaches, because policy excepts them; null where there are none.</summary>
    public IReadOnlyList<string>? ExceptNamespaces { get; init; }

    /// <summary>The grant that an extension is for; else null.</summary>
    public string? ExtendsGrantId { get; init; }

    /// <summary>The end that the grant would then have; else null.</summary>
    public DateTimeOffset? ExtendsTo { get; init; }

    /// <summary>The break-glass behind it; else null.</summary>
    public BreakGlassView? BreakGlass { get; init; }

    /// <summary>What is bound, in words.</summary>
    [JsonIgnore]
    public string Bound => RoleRuleView.Words(ClusterRole, NamespacedRole, Rules);

    /// <summary>The clusters' names in a row, for people.</summary>
    [JsonIgnore]
    public string ClusterNames => string.Join(", ", Clusters.Select(cluster => cluster.Name));

    /// <summary>The grants that it became, or of an extension the grant that it extended; none before activation.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> GrantIds => [.. Clusters.Select(cluster => cluster.GrantId).OfType<string>()];
}

/// <summary>One cluster of a request.</summary>
/// <param name="Risk">How far the role reaches there, computed at submission.</param>
/// <param name="RulesDigest">SHA-256, in hex, over what the role allowed there when the request was made, or when it was last returned to
/// its reviewers; null where it was not read. The request's digest covers it.</param>
/// <param name="GrantId">The grant there that activation made, or extended; null before.</param>
public sealed record RequestedClusterView(string Name, RiskLevel Risk, string? RulesDigest, string? GrantId)
{
    /// <summary>What the request's patterns matched there when it was made; null where nothing is a pattern, or where it could not be read.
    /// What they match now is in the blast radius.</summary>
    public IReadOnlyList<string>? MatchedNamespaces { get; init; }
}

/// <summary>One verdict on a request: <c>POST /api/v1/access-requests/{id}/reviews</c>. Needs a step-up for <c>review:{id}</c>.</summary>
public sealed record SubmitReview
{
    public required ReviewVerdict Verdict { get; init; }

    /// <summary>At most 500 characters.</summary>
    public string? Comment { get; init; }

    /// <summary>The request's digest as the reviewer saw it; where given it must still be the request's.</summary>
    public string? Digest { get; init; }
}

/// <summary>What a reviewer decided.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ReviewVerdict>))]
public enum ReviewVerdict
{
    Approve,
    Deny,
}

/// <summary>A recorded review.</summary>
public sealed record ReviewView(string Reviewer, ReviewVerdict Verdict, string? Comment, DateTimeOffset At)
{
    /// <summary>False for one that was given before the request was returned to its reviewers.</summary>
    public bool Counts { get; init; } = true;
}
