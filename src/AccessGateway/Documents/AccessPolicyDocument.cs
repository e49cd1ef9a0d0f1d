namespace AccessGateway.Documents;

using System.Globalization;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Reads a document of kind AccessPolicy.</summary>
internal static class AccessPolicyDocument
{
    /// <summary>Built-in roles that reach everything, or that lead there.</summary>
    private static readonly string[] Privileged = ["cluster-admin", "admin"];

    private static readonly Dictionary<string, DayOfWeek> Days = Enum.GetValues<DayOfWeek>().ToDictionary(day => day.ToString()[..3]);

    private static readonly ApprovalRule[] Administrators = [new(1, new People([Groups.Administrators], []))];

    public static AccessPolicy Read(string name, MappingReader spec)
    {
        var clusters = spec.Mapping("clusters", required: true);
        var selector = new ClusterSelector(clusters.Texts("names", Names.LabelProblem), clusters.TextMap("labels"));
        if (selector.Names.Count == 0 && selector.Labels.Count == 0)
            clusters.Error("clusters: give names or labels.");
        clusters.Finish();

        var mfa = spec.Mapping("mfa");
        var maxAge = mfa.Duration("maxAge", TimeSpan.FromSeconds(30), StepUpProof.LongestService, TimeSpan.FromMinutes(5));
        var factors = ReadFactors(mfa);
        mfa.Finish();

        var ticket = WorkflowKeys.ReadTicket(spec.Mapping("ticket"));
        return new AccessPolicy
        {
            Ticket = ticket,
            Name = name,
            Clusters = selector,
            Requesters = ReadPeople(spec.Mapping("requesters", required: true), "requesters"),
            Roles = ReadRoles(spec),
            Reason = ReadReason(spec.Mapping("reason")),
            PendingLifetime = spec.Duration("pendingLifetime", TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), TimeSpan.FromHours(24)),
            MfaMaxAge = maxAge,
            MfaFactors = factors,
            Hours = spec.Has("hours") ? ReadHours(spec.Mapping("hours")) : Absent(spec),
        };
    }

    private static IReadOnlyList<string> ReadFactors(MappingReader mfa)
    {
        var named = mfa.Texts("factors", factor => StepUpMethods.Factors.Contains(factor) ? null : $"'{factor}' is none of {string.Join(", ", StepUpMethods.Factors)}.");
        if (!mfa.Has("factors"))
            return StepUpMethods.Factors;
        if (named.Count == 0)
            mfa.Error("factors: name at least one; without the key each counts.", "factors");
        return [.. named.Distinct(StringComparer.Ordinal)];
    }

    private static Hours? Absent(MappingReader spec)
    {
        spec.Mapping("hours");
        return null;
    }

    private static List<OfferedRole> ReadRoles(MappingReader spec)
    {
        var roles = new List<OfferedRole>();
        foreach (var role in spec.Mappings("roles", required: true))
        {
            var offered = ReadRole(role);
            role.Finish();
            if (roles.Exists(other => other.Name == offered.Name))
                role.Error($"The role '{offered.Name}' is offered twice by this policy.", "name");
            roles.Add(offered);
        }

        if (roles.Count == 0)
            spec.Error("roles: offer at least one.", "roles");
        return roles;
    }

    private static OfferedRole ReadRole(MappingReader role)
    {
        var clusterRole = role.Text("clusterRole", Names.ClusterRoleProblem, required: true);
        var privileged = role.Flag("privileged");
        if (!privileged && Privileged.Contains(clusterRole))
            role.Error($"clusterRole '{clusterRole}' reaches everything in its scope; offer it with privileged: true.", "clusterRole");

        var scope = role.Text("scope", required: true);
        if (scope is not ("" or "cluster" or "namespaces"))
            role.Error("scope must be cluster or namespaces.", "scope");
        var namespaces = role.Texts("namespaces", Names.NamespacePatternProblem);
        if ((scope == "namespaces") != (namespaces.Count > 0))
            role.Error("namespaces belongs to scope: namespaces, and is required there.", role.Has("namespaces") ? "namespaces" : "scope");

        var max = role.Duration("maxDuration", TimeSpan.FromMinutes(1), TimeSpan.FromDays(14));
        var approval = ReadApproval(role);
        return new OfferedRole
        {
            Name = role.Text("name", Names.LabelProblem, required: true),
            ClusterRole = clusterRole,
            Scope = scope == "namespaces" ? RoleScope.Namespaces : RoleScope.Cluster,
            Namespaces = namespaces,
            MaxDuration = max,
            DefaultDuration = role.Duration("defaultDuration", TimeSpan.FromMinutes(1), max, max),
            Approval = approval,
            AutomaticWhen = WorkflowKeys.ReadAutomaticWhen(role, approval),
            Otherwise = Administrators,
            MaxTotalDuration = role.Duration("maxTotalDuration", max, TimeSpan.FromDays(14), max),
            BreakGlass = WorkflowKeys.ReadBreakGlass(role, max),
            Privileged = privileged,
        };
    }

    /// <summary>Without <c>approval</c> one of the gateway's administrators decides.</summary>
    private static List<ApprovalRule> ReadApproval(MappingReader role)
    {
        if (!role.Has("approval"))
        {
            role.Text("approval");
            return [.. Administrators];
        }

        if (!role.IsList("approval"))
        {
            if (role.Text("approval") != "automatic")
                role.Error("approval must be automatic, or a list of {required, reviewers}.", "approval");
            return [];
        }

        var rules = new List<ApprovalRule>();
        rules.AddRange(role.Mappings("approval").Select(WorkflowKeys.ReadRule));

        if (rules.Count == 0)
            role.Error("approval: an empty list would approve by itself; write automatic where that is meant.", "approval");
        return rules;
    }

    public static People ReadPeople(MappingReader people, string what)
    {
        var read = new People(people.Texts("groups", Names.PersonProblem), people.Texts("users", Names.PersonProblem), what == "reviewers" && people.Flag("managerOfRequester"));
        if (read.IsNobody && !read.ManagerOfRequester)
            people.Error($"{what}: give groups or users.");
        people.Finish();
        return read;
    }

    private static ReasonRule ReadReason(MappingReader reason)
    {
        Regex? pattern = null;
        var text = reason.Text("pattern");
        if (text.Length > 0)
        {
            try
            {
                pattern = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                reason.Error($"pattern: {e.Message}", "pattern");
            }
        }

        var rule = new ReasonRule(reason.Flag("required"), reason.Number("minLength", 0, 500, 0), pattern);
        reason.Finish();
        return rule;
    }

    public static Hours ReadHours(MappingReader hours)
    {
        var days = hours.Texts("days", day => Days.ContainsKey(day) ? null : $"'{day}' is none of {string.Join(", ", Days.Keys)}.");
        if (days.Count == 0)
            hours.Error("hours: give days.");
        var zone = hours.Text("timeZone", required: true);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var timeZone) && zone.Length > 0)
            hours.Error($"timeZone '{zone}' is unknown; use an IANA name such as Europe/Berlin.", "timeZone");
        var read = new Hours([.. days.Where(Days.ContainsKey).Select(day => Days[day])], ReadTime(hours, "from"), ReadTime(hours, "to"), timeZone ?? TimeZoneInfo.Utc);
        hours.Finish();
        return read;
    }

    private static TimeOnly ReadTime(MappingReader hours, string key)
    {
        var text = hours.Text(key, required: true);
        if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && text.Length > 0)
            hours.Error($"{key} must be a time of day such as 08:00.", key);
        return time;
    }
}
