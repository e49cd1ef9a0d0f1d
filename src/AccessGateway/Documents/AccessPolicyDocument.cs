namespace AccessGateway.Documents;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Reads a document of kind AccessPolicy.</summary>
internal static class AccessPolicyDocument
{
    private static readonly Dictionary<string, DayOfWeek> Days = Enum.GetValues<DayOfWeek>().ToDictionary(day => day.ToString()[..3]);

    private static readonly ApprovalRule[] Administrators = [new(1, new People([Groups.Administrators], []))];

    public static AccessPolicy Read(string name, MappingReader metadata, MappingReader spec)
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
            Requesters = ReadPeople(spec.Mapping("requesters", required: true), "requesters", MachineRequesters.Read),
            Roles = ReadRoles(spec),
            Reason = ReadReason(spec.Mapping("reason")),
            PendingLifetime = spec.Duration("pendingLifetime", TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), TimeSpan.FromHours(24)),
            MfaMaxAge = maxAge,
            MfaFactors = factors,
            RiskDemands = RiskDocument.Read(spec, (people, what) => ReadPeople(people, what)),
            Hours = spec.Optional("hours", ReadHours),
            Places = spec.Places,
        };
    }

    private static IReadOnlyList<string> ReadFactors(MappingReader mfa)
    {
        var named = mfa.Texts("factors", words: StepUpMethods.Factors);
        if (!mfa.Has("factors"))
            return StepUpMethods.Factors;
        if (named.Count == 0)
            mfa.Error("factors: name at least one; without the key each counts.", "factors");
        return [.. named.Distinct(StringComparer.Ordinal)];
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
        var privileged = role.Flag("privileged");
        var scope = role.Choice("scope", ["cluster", "namespaces"], required: true);
        var namespaces = role.Texts("namespaces", Names.NamespacePatternProblem);
        if ((scope == "namespaces") != (namespaces.Count > 0))
            role.Error("namespaces belongs to scope: namespaces, and is required there.", role.Has("namespaces") ? "namespaces" : "scope");

        var except = role.Texts("exceptNamespaces", Names.NamespacePatternProblem);
        if (except.Count > 0 && scope != "namespaces")
            role.Error("exceptNamespaces belongs to scope: namespaces.", "exceptNamespaces");

        var max = role.Duration("maxDuration", TimeSpan.FromMinutes(1), TimeSpan.FromDays(14));
        var approval = ReadApproval(role);
        return new OfferedRole
        {
            Name = role.Text("name", Names.LabelProblem, required: true),
            Target = RoleTargetReader.Read(role, scope == "namespaces", privileged),
            Scope = scope == "namespaces" ? RoleScope.Namespaces : RoleScope.Cluster,
            Namespaces = namespaces,
            ExceptNamespaces = except,
            MaxDuration = max,
            DefaultDuration = role.Duration("defaultDuration", TimeSpan.FromMinutes(1), max, max),
            Approval = approval,
            AutomaticWhen = WorkflowKeys.ReadAutomaticWhen(role, approval),
            Otherwise = Administrators,
            MaxTotalDuration = ReadMaxTotal(role, max),
            BreakGlass = WorkflowKeys.ReadBreakGlass(role, max),
            Privileged = privileged,
            Places = role.Places,
        };
    }

    private static TimeSpan ReadMaxTotal(MappingReader role, TimeSpan max)
    {
        var total = role.Duration("maxTotalDuration", TimeSpan.FromMinutes(1), TimeSpan.FromDays(14), max);
        if (total < max)
            role.Error("maxTotalDuration must not be shorter than maxDuration.", "maxTotalDuration");
        return total;
    }

    /// <summary>Without <c>approval</c> one of the gateway's administrators decides.</summary>
    private static List<ApprovalRule> ReadApproval(MappingReader role)
    {
        if (!role.Has("approval"))
            return [.. Administrators];
        if (role.IsText("approval") && role.Choice("approval", ["automatic"]) is not null)
            return [];

        var rules = new List<ApprovalRule>();
        rules.AddRange(role.Mappings("approval").Select(WorkflowKeys.ReadRule));

        if (rules.Count == 0)
            role.Error("approval: an empty list would approve by itself; write automatic where that is meant.", "approval");
        return rules;
    }

    /// <param name="machines">Where machines count too.</param>
    public static People ReadPeople(MappingReader people, string what, Func<MappingReader, MachineNames>? machines = null)
    {
        var read = new People(people.Texts("groups", Names.PersonProblem), people.Texts("users", Names.PersonProblem), what == "reviewers" && people.Flag("managerOfRequester"))
        {
            Machines = machines?.Invoke(people) ?? MachineNames.None,
        };
        if (read.IsNobody && !read.ManagerOfRequester)
            people.Error(machines is null ? $"{what}: give groups or users." : $"{what}: give groups, users, serviceAccounts or clients.");
        people.Finish();
        return read;
    }

    private static ReasonRule ReadReason(MappingReader reason)
    {
        var text = reason.Text("pattern");
        var (pattern, problem) = text.Length > 0 ? ReasonPatterns.Make(text) : (null, null);
        if (problem is not null)
            reason.Error($"pattern: {problem}", "pattern");

        var rule = new ReasonRule(reason.Flag("required"), reason.Number("minLength", 0, 500, 0), pattern);
        reason.Finish();
        return rule;
    }

    public static Hours ReadHours(MappingReader hours)
    {
        var days = hours.Texts("days", words: [.. Days.Keys]);
        if (days.Count == 0)
            hours.Error("hours: give days.");
        var zone = hours.Text("timeZone", required: true);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var timeZone) && zone.Length > 0)
            hours.Error($"timeZone '{zone}' is unknown; use an IANA name such as Europe/Berlin.", "timeZone");
        return new Hours([.. days.Where(Days.ContainsKey).Select(day => Days[day])], ReadTime(hours, "from"), ReadTime(hours, "to"), timeZone ?? TimeZoneInfo.Utc);
    }

    private static TimeOnly ReadTime(MappingReader hours, string key)
    {
        var text = hours.Text(key, required: true);
        if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && text.Length > 0)
            hours.Error($"{key} must be a time of day such as 08:00.", key);
        return time;
    }
}
