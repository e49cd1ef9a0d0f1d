namespace AccessGateway.Kubectl.Grants;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.AccessRequests;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.Output;

/// <summary>How grants are shown.</summary>
internal static class GrantText
{
    public static readonly ResourceKind<GrantView> Kind = new(
        "grant", "grants", grant => grant.Id, GatewayJson.Default.GrantView,
        [
            new("ID", (grant, _) => grant.Id),
            new("STATE", (grant, _) => grant.State.ToString()),
            new("SUBJECT", (grant, _) => grant.Subject),
            new("CLUSTER", (grant, _) => grant.Cluster),
            new("ROLE", (grant, _) => grant.Role),
            new("STARTED", (grant, now) => RelativeTime.Of(grant.NotBefore, now)),
            new("ENDS", (grant, now) => RelativeTime.Of(grant.EndedAt ?? grant.NotAfter, now)),
            new("BOUND", (grant, _) => grant.Bound ? "yes" : "no"),
            new("NAMESPACES", (grant, _) => string.Join(",", grant.Namespaces), Wide: true),
            new("BINDS", (grant, _) => grant.BoundRole, Wide: true),
            new("REQUEST", (grant, _) => grant.AccessRequestId, Wide: true),
        ]);

    public static void Describe(TextWriter to, GrantView grant, DateTimeOffset now) => Description.Write(to,
    [
        ("Id", grant.Id),
        ("State", grant.State.ToString()),
        ("Subject", grant.Subject),
        ("Cluster", grant.Cluster),
        ("Role", $"{grant.Role} ({grant.BoundRole})"),
        ("Scope", grant.Scope == RoleScope.Cluster ? "the whole cluster" : NamespaceText.Words(grant.Namespaces, grant.ExceptNamespaces)),
        ("Matches now", NamespaceText.Matched(grant.MatchedNamespaces)),
        ("Not bound", grant.LeftOutNamespaces > 0 ? $"{grant.LeftOutNamespaces} more match; a grant is bound in 100 at most" : null),
        ("Started", AccessRequestText.Instant(grant.NotBefore, now)),
        (grant.State == GrantState.Active ? "Ends" : "Limit", AccessRequestText.Instant(grant.NotAfter, now)),
        ("Ended", grant.EndedAt is { } ended ? AccessRequestText.Instant(ended, now) : null),
        ("Ended by", grant.EndedBy),
        ("Bound", grant.Bound ? "yes" : "no"),
        ("Request", grant.AccessRequestId),
        .. OpenStreamsText.Facts(grant, now),
    ]);
}
