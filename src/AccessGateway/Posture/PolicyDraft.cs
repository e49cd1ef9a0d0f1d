namespace AccessGateway.Posture;

using System.Globalization;
using System.Text;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;

/// <summary>
/// Policies that could take the place of standing access, as YAML to be read, changed and put beside the other documents. A policy for
/// each role and place, so that nobody is offered more than they hold now. Pure.
/// </summary>
internal static class PolicyDraft
{
    /// <summary>More than anybody reads; the rest comes when the first are done.</summary>
    public const int MaxPolicies = 100;

    private const int NameLength = 63;

    /// <summary>Null where nothing that stands could be asked for instead.</summary>
    /// <param name="taken">Names of policies and of offered roles that there are already.</param>
    public static string? Of(string cluster, IReadOnlyList<StandingAccess> standing, IEnumerable<string> taken)
    {
        var offers = standing.Where(held => held.JustInTime != JustInTimeFit.None)
            .GroupBy(held => (held.JustInTime, held.Role, held.RoleNamespace, Places: string.Join(' ', held.Namespaces)))
            .Select(same => same.ToList()).ToList();
        if (offers.Count == 0)
            return null;

        var names = new HashSet<string>(taken, StringComparer.Ordinal);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            # Drafted from the standing access in the cluster {cluster}. Read it before you use it:
            # - users and groups are named as in the cluster; the gateway must know them by the names written here;
            # - without `approval` one of the gateway's administrators decides on each request;
            # - remove the bindings only after somebody has activated a grant under the new policy.

            """);
        var removal = new RemovalNotes(standing);
        foreach (var offer in offers.Take(MaxPolicies))
            Append(text, cluster, offer, names, removal);
        if (offers.Count > MaxPolicies)
            text.Append(CultureInfo.InvariantCulture, $"# {offers.Count - MaxPolicies} further roles and places are not drafted here; they come when these are done.\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, string cluster, List<StandingAccess> offer, HashSet<string> names, RemovalNotes removal)
    {
        var held = offer[0];
        var (groups, users, accounts) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        var comments = new List<string>();
        foreach (var subject in offer.Select(one => one.Subject))
        {
            var (into, name) = Requester(cluster, subject, groups, users, accounts);
            if (name is null)
                comments.Add($"{subject.Kind} {RemovalNotes.Quote(subject.Name)} cannot be written as a requester; give them a group of their own.");
            else if (into.Add(name) && name != subject.Name && subject.Kind != Subjects.ServiceAccount)
                comments.Add($"{subject.Kind} {RemovalNotes.Quote(subject.Name)} of the cluster, written as the gateway writes names.");
        }

        if (Names.ClusterRoleProblem(held.Role) is not null || groups.Count + users.Count + accounts.Count == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"# Not drafted: {RemovalNotes.Quote(held.Role)}, {(held.Scope == RoleScope.Cluster ? "for the whole cluster" : "in namespaces")}: no policy can offer that role to {offer.Count} who hold it.\n");
            foreach (var comment in comments)
                text.Append(CultureInfo.InvariantCulture, $"#   {comment}\n");
            return;
        }

        var policy = NameOf(held.Role, names);
        text.Append("---\n");
        foreach (var comment in comments)
            text.Append(CultureInfo.InvariantCulture, $"# {comment}\n");
        text.Append(CultureInfo.InvariantCulture, $$"""
            apiVersion: access-gateway/v1
            kind: AccessPolicy
            metadata: {name: '{{policy}}'}
            spec:
              clusters: {names: ['{{cluster}}']}
              requesters: {{{string.Join(", ", new[] { List("groups", groups), List("users", users), List("serviceAccounts", accounts) }.OfType<string>())}}}
              roles:
                - name: '{{policy}}'
                  {{(held.RoleNamespace is null ? "clusterRole" : "role")}}: '{{held.Role}}'
                  scope: {{(held.Scope == RoleScope.Cluster ? "cluster" : "namespaces")}}

            """);
        if (held.Scope == RoleScope.Namespaces)
            text.Append(CultureInfo.InvariantCulture, $"      namespaces: [{string.Join(", ", held.Namespaces.Select(place => $"'{place}'"))}]\n");
        if (NeedsPrivileged(held))
            text.Append("      privileged: true\n");
        text.Append("      maxDuration: 1h\n  reason: {required: true, minLength: 10}\n");
        text.Append("# What to remove afterwards:\n");
        foreach (var line in removal.Of(offer))
            text.Append(CultureInfo.InvariantCulture, $"# {line}\n");
    }

    private static (SortedSet<string> Into, string? Name) Requester(
        string cluster, RbacSubject subject, SortedSet<string> groups, SortedSet<string> users, SortedSet<string> accounts)
    {
        if (subject.Kind == Subjects.ServiceAccount)
            return (accounts, $"{cluster}/{subject.Namespace}/{subject.Name}" is var id && Names.ServiceAccountProblem(id) is null ? id : null);
        var name = Sanitised(subject.Name, c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' or '-');
        return (subject.Kind == Subjects.Group ? groups : users, Names.PersonProblem(name) is null ? name : null);
    }

    /// <summary>What the reader of policies asks for, and what leads to the whole cluster by another name.</summary>
    private static bool NeedsPrivileged(StandingAccess held) =>
        held.Role.Equals("cluster-admin", StringComparison.OrdinalIgnoreCase) || held.Role.Equals("admin", StringComparison.OrdinalIgnoreCase) || held.Risk >= RiskLevel.Critical;

    private static string NameOf(string role, HashSet<string> names)
    {
        var stem = $"standing-{Sanitised(role, c => char.IsAsciiLetterOrDigit(c) || c == '-')}";
        for (var number = 1; ; number++)
        {
            var end = number == 1 ? "" : $"-{number}";
            var name = stem[..Math.Min(stem.Length, NameLength - end.Length)].TrimEnd('-') + end;
            if (names.Add(name))
                return name;
        }
    }

    private static string Sanitised(string text, Func<char, bool> isGood) =>
        string.Concat(text.ToLowerInvariant().Select(c => isGood(c) ? c : '-')).Trim('-', '.', '_', '@');

    private static string? List(string key, SortedSet<string> names) => names.Count == 0 ? null : $"{key}: [{string.Join(", ", names.Select(name => $"'{name}'"))}]";
}
