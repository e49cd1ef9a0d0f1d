namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.SignIn;

/// <summary>How a request is told of.</summary>
internal sealed partial class AccessRequest
{
    /// <summary>Sorted: in which order they were asked for does not count.</summary>
    public IReadOnlyList<string> ClusterNames => [.. SortedClusters.Select(row => row.Cluster)];

    /// <summary>As audit events have them: the names, separated by commas, which no name has in it.</summary>
    public string ClusterList => string.Join(',', ClusterNames);

    /// <summary>The names for people.</summary>
    public string ClusterWords => string.Join(", ", ClusterNames);

    /// <summary>The grants that it became, or the one that it extended.</summary>
    public IEnumerable<string> GrantIds => SortedClusters.Select(row => row.GrantId).OfType<string>();

    /// <summary>The one grant that it became, or extended; null before, and where it became several.</summary>
    public string? OnlyGrantId => Clusters is [var one] ? one.GrantId : null;

    /// <summary>For audit events: of one cluster its digest, of several each with its name; null where none was read.</summary>
    public string? RulesDigestWords => Clusters is [var one] ? one.RulesDigest
        : string.Join(',', SortedClusters.Where(row => row.RulesDigest is not null).Select(row => $"{row.Cluster}={row.RulesDigest}")) is { Length: > 0 } words ? words : null;

    /// <summary>For audit events: what its patterns matched when it was made, of several clusters each with its name; null where nothing is a
    /// pattern, or where it could not be read.</summary>
    public string? MatchedWords => string.Join(';', SortedClusters.Where(row => row.MatchedNamespaces is not null)
        .Select(row => (Clusters.Count == 1 ? "" : $"{row.Cluster}=") + (row.MatchedNamespaces is { Count: > 0 } some ? string.Join(',', some) : "none"))) is { Length: > 0 } words ? words : null;

    private IEnumerable<RequestedCluster> SortedClusters => Clusters.OrderBy(row => row.Cluster, StringComparer.Ordinal);

    public AccessRequestView ToView(Caller caller, DateTimeOffset now) => new(
        Id,
        StateAt(now),
        Subject,
        [.. SortedClusters.Select(row => new RequestedClusterView(row.Cluster, row.Risk, row.RulesDigest, row.GrantId) { MatchedNamespaces = row.MatchedNamespaces })],
        Role,
        ClusterRole,
        Scope,
        Namespaces,
        DurationText.Format(Duration),
        Reason,
        Ticket,
        StartsAt,
        CreatedAt,
        ExpiresAt,
        Risk,
        Rules.Sum(rule => rule.Required),
        [.. Reviews.OrderBy(review => review.At).Select(review => new ReviewView(review.Reviewer, review.Verdict, review.Comment, review.At) { Counts = review.Round == Round })],
        ActivatedAt,
        Digest(),
        StateAt(now) == AccessRequestState.Pending && WaitsFor(caller, now))
    {
        NamespacedRole = NamespacedRole.Length == 0 ? null : NamespacedRole,
        Rules = AccessGateway.Clusters.Clusters.ToView(Target),
        Kind = Kind,
        ExceptNamespaces = ExceptNamespaces.Count == 0 ? null : ExceptNamespaces,
        ExtendsGrantId = ExtendsGrantId,
        ExtendsTo = ExtendsTo,
        BreakGlass = AfterReview?.ToView(now, canReview: MayBeReviewedAfterBy(caller, now)),
    };
}
