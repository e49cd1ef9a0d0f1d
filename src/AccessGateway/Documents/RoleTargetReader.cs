namespace AccessGateway.Documents;

using AccessGateway.Policy;

/// <summary>Reads what an offer binds: <c>clusterRole</c>, <c>role</c> or <c>rules</c>.</summary>
internal static class RoleTargetReader
{
    /// <summary>Built-in roles that reach everything in their scope, or that lead there.</summary>
    private static readonly string[] Privileged = ["cluster-admin", "admin"];

    public static RoleTarget Read(MappingReader role, bool namespaced, bool privileged)
    {
        if (new[] { role.Has("clusterRole"), role.Has("role"), role.Has("rules") }.Count(there => there) != 1)
            role.Error("Give exactly one of clusterRole, role and rules.");
        var clusterRole = role.Text("clusterRole", Names.ClusterRoleProblem);
        if (!privileged && Privileged.Contains(clusterRole, StringComparer.OrdinalIgnoreCase))
            role.Error($"clusterRole '{clusterRole}' reaches everything in its scope; offer it with privileged: true.", "clusterRole");
        var named = role.Text("role", Names.ClusterRoleProblem);
        if (named.Length > 0 && !namespaced)
            role.Error("role: a Role belongs to a namespace; offer it with scope: namespaces.", "role");
        return new RoleTarget(clusterRole, named, RoleRule.ToText(ReadRules(role, namespaced, privileged)));
    }

    private static List<RoleRule> ReadRules(MappingReader role, bool namespaced, bool privileged)
    {
        var rules = new List<RoleRule>();
        foreach (var rule in role.Mappings("rules"))
        {
            var read = new RoleRule(
                rule.Texts("apiGroups", Names.ApiGroupProblem, empty: true),
                rule.Texts("resources", Names.ResourceProblem),
                rule.Texts("resourceNames", Names.ResourceNameProblem),
                rule.Texts("verbs", Names.VerbProblem),
                rule.Texts("nonResourceURLs", Names.UrlProblem));
            rule.Finish();
            Check(rule, read, namespaced, privileged);
            rules.Add(read);
        }

        if (rules.Count == 0 && role.Has("rules"))
            role.Error("rules: an empty list would grant nothing.", "rules");
        if (rules.Count > 50)
            role.Error("rules: at most 50.", "rules");
        return rules;
    }

    private static void Check(MappingReader rule, RoleRule read, bool namespaced, bool privileged)
    {
        if (read.Verbs.Count == 0)
            rule.Error("verbs: give at least one.");
        var resources = read.Resources.Count > 0 && read.ApiGroups.Count > 0;
        if (resources == read.NonResourceUrls.Count > 0 || (!resources && read.Resources.Count + read.ApiGroups.Count + read.ResourceNames.Count > 0))
            rule.Error("A rule has apiGroups and resources, or nonResourceURLs; the API group of pods and the like is ''.");
        if (namespaced && read.NonResourceUrls.Count > 0)
            rule.Error("nonResourceURLs belong to no namespace: they need scope: cluster.", "nonResourceURLs");
        if (!privileged && read.PrivilegedBecause() is { } why)
            rule.Error($"This rule needs privileged: true, because {why}.");
    }
}
