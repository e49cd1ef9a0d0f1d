namespace AccessGateway.Kubectl.AccessRequests;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.Output;

/// <summary>How access requests are shown.</summary>
internal static class AccessRequestText
{
    public static readonly ResourceKind<AccessRequestView> Kind = new(
        "accessrequest", "access requests", request => request.Id, GatewayJson.Default.AccessRequestView,
        [
            new("ID", (request, _) => request.Id),
            new("STATE", (request, _) => request.State.ToString()),
            new("REQUESTER", (request, _) => request.Subject),
            new("CLUSTER", (request, _) => string.Join(",", request.Clusters.Select(cluster => cluster.Name))),
            new("ROLE", (request, _) => request.Role),
            new("DURATION", (request, _) => request.Duration),
            new("RISK", (request, _) => BlastRadiusText.Name(request.Risk)),
            new("APPROVALS", (request, _) => Approvals(request)),
            new("CREATED", (request, now) => RelativeTime.Of(request.CreatedAt, now)),
            new("EXPIRES", (request, now) => IsOpen(request) ? RelativeTime.Of(request.ExpiresAt, now) : null),
            new("NAMESPACES", (request, _) => string.Join(",", request.Namespaces), Wide: true),
            new("GRANT", (request, _) => string.Join(",", request.GrantIds), Wide: true),
            new("TICKET", (request, _) => request.Ticket, Wide: true),
            new("REASON", (request, _) => request.Reason, Wide: true),
        ]);

    public static void Describe(TextWriter to, AccessRequestView request, DateTimeOffset now)
    {
        Description.Write(to,
        [
            ("Id", request.Id),
            ("State", request.State.ToString()),
            ("Requester", request.Subject),
            (request.Clusters.Count == 1 ? "Cluster" : "Clusters", request.ClusterNames),
            ("Role", $"{request.Role} ({request.Bound})"),
            ("Scope", request.Scope == RoleScope.Cluster ? "the whole cluster" : NamespaceText.Words(request.Namespaces, request.ExceptNamespaces)),
            ("Matched then", Matched(request)),
            ("Duration", request.Duration),
            ("Risk", Risk(request)),
            ("Extends", request is { ExtendsGrantId: { } grant, ExtendsTo: { } end } ? $"{grant} until {Instant(end, now)}" : null),
            ("Break-glass", request.BreakGlass is { } glass ? Glass(glass, now) : null),
            ("Starts", request.StartsAt is { } at ? Instant(at, now) : null),
            ("Reason", request.Reason),
            ("Ticket", request.Ticket),
            ("Created", Instant(request.CreatedAt, now)),
            ("Expires", IsOpen(request) ? Instant(request.ExpiresAt, now) : null),
            ("Approvals", Approvals(request)),
            (request.Clusters.Count == 1 ? "Grant" : "Grants", Grants(request)),
            ("Digest", request.Digest),
        ]);
        foreach (var review in request.Reviews)
        {
            var verdict = review.Verdict == ReviewVerdict.Approve ? "approved" : "denied";
            var comment = (review.Counts ? "" : " (before the role changed)") + (string.IsNullOrWhiteSpace(review.Comment) ? "" : $": {review.Comment}");
            to.WriteLine(TerminalText.Clean($"Review:  {review.Reviewer} {verdict} {RelativeTime.Of(review.At, now)}{comment}"));
        }
    }

    /// <summary>One line: what became of it, and what happens next.</summary>
    public static string Next(AccessRequestView request, DateTimeOffset now) => request switch
    {
        { State: AccessRequestState.Pending } => $"{request.Id} waits for {Missing(request)}",
        { Kind: AccessRequestKind.Extension, GrantIds: [var extended] } => $"{request.Id} was activated; {extended} has its later end",
        { BreakGlass: not null, GrantIds: [var taken] } => $"{request.Id} broke the glass; its grant is {taken}, use it with: kubectl access use {taken}",
        { State: AccessRequestState.Approved, GrantIds: [var grant] } => $"{request.Id} was activated; its grant is {grant}",
        { State: AccessRequestState.Approved, GrantIds.Count: > 0 } => $"{request.Id} was activated; its grants are {Grants(request)}",
        { State: AccessRequestState.Approved, StartsAt: { } at } when at > now =>
            $"{request.Id} is approved; activate it {RelativeTime.Of(at, now)} with: kubectl access activate {request.Id}",
        { State: AccessRequestState.Approved } => $"{request.Id} is approved; activate it with: kubectl access activate {request.Id}",
        { State: AccessRequestState.Denied } => $"{request.Id} was denied{By(request)}",
        { State: AccessRequestState.Withdrawn } => $"{request.Id} was withdrawn",
        _ => $"{request.Id} has expired",
    };

    public static string Instant(DateTimeOffset at, DateTimeOffset now) =>
        $"{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)} ({RelativeTime.Of(at, now)})";

    private static bool IsOpen(AccessRequestView request) =>
        request is { ActivatedAt: null, State: AccessRequestState.Pending or AccessRequestState.Approved };

    /// <summary>Of several clusters each one's, the worst first: that decides.</summary>
    private static string Risk(AccessRequestView request) => request.Clusters.Count == 1 ? BlastRadiusText.Name(request.Risk)
        : string.Join(", ", request.Clusters.OrderByDescending(cluster => cluster.Risk).Select(cluster => $"{BlastRadiusText.Name(cluster.Risk)} on {cluster.Name}"));

    /// <summary>What its patterns matched when it was submitted; what they match now is in the blast radius.</summary>
    private static string? Matched(AccessRequestView request) => request.Clusters.Count == 1 ? NamespaceText.Matched(request.Clusters[0].MatchedNamespaces)
        : string.Join("; ", request.Clusters.Where(cluster => cluster.MatchedNamespaces is not null).Select(cluster => $"{NamespaceText.Matched(cluster.MatchedNamespaces)} on {cluster.Name}"));

    private static string Grants(AccessRequestView request) => request.Clusters.Count == 1 ? string.Join("", request.GrantIds)
        : string.Join(", ", request.Clusters.Where(cluster => cluster.GrantId is not null).Select(cluster => $"{cluster.GrantId} on {cluster.Name}"));

    private static int Given(AccessRequestView request) => request.Reviews.Count(review => review is { Verdict: ReviewVerdict.Approve, Counts: true });

    private static string Glass(BreakGlassView glass, DateTimeOffset now) => glass.Verdict switch
    {
        AfterVerdict.Justified => $"justified, said {glass.Reviewer}" + (string.IsNullOrWhiteSpace(glass.Comment) ? "" : $": {glass.Comment}"),
        AfterVerdict.NotJustified => $"not justified, said {glass.Reviewer}: {glass.Comment}",
        _ => $"to be reviewed {(glass.Overdue ? "(overdue) " : "")}by {Instant(glass.ReviewDueAt, now)}",
    };

    private static string Approvals(AccessRequestView request) =>
        request.ApprovalsRequired == 0 ? "none needed" : string.Create(CultureInfo.InvariantCulture, $"{Given(request)}/{request.ApprovalsRequired}");

    private static string Missing(AccessRequestView request) => (request.ApprovalsRequired - Given(request)) switch
    {
        <= 1 => "1 approval",
        var count => $"{count} approvals",
    };

    private static string By(AccessRequestView request)
    {
        var denial = request.Reviews.FirstOrDefault(review => review is { Verdict: ReviewVerdict.Deny, Counts: true });
        if (denial is null)
            return " by policy";
        return string.IsNullOrWhiteSpace(denial.Comment) ? $" by {denial.Reviewer}" : $" by {denial.Reviewer}: {denial.Comment}";
    }
}
