namespace AccessGateway.Policy;

using System.Text.Json;

/// <summary>What is bound: an existing ClusterRole, an existing Role of the namespaces, or rules that the gateway makes a role of for
/// one grant alone. Exactly one of the three is not empty.</summary>
/// <param name="RulesText">The rules as JSON: two are the same where their texts are.</param>
internal sealed record RoleTarget(string ClusterRole, string NamespacedRole = "", string RulesText = "")
{
    public bool HasOwnRules => RulesText.Length > 0;

    public IReadOnlyList<RoleRule> Rules => HasOwnRules ? JsonSerializer.Deserialize<List<RoleRule>>(RulesText) ?? [] : [];

    public override string ToString() => HasOwnRules ? $"rules of its own ({string.Join("; ", Rules)})" : NamespacedRole.Length > 0 ? $"Role {NamespacedRole}" : $"ClusterRole {ClusterRole}";
}

/// <summary>A rule as RBAC writes it: verbs on resources, or on URLs that belong to no resource.</summary>
internal sealed record RoleRule(
    IReadOnlyList<string> ApiGroups, IReadOnlyList<string> Resources, IReadOnlyList<string> ResourceNames, IReadOnlyList<string> Verbs, IReadOnlyList<string> NonResourceUrls)
{
    private const string Rbac = "rbac.authorization.k8s.io";

    /// <summary>What leads to everything, by whatever rule it comes: resource and API group, and the verbs that do it (none: any).</summary>
    private static readonly (string Group, string Resource, string[] Verbs)[] Leading =
    [
        ("", "nodes/proxy", []),
        ("", "serviceaccounts/token", ["create"]),
        ("certificates.k8s.io", "certificatesigningrequests/approval", []),
        ("certificates.k8s.io", "signers", []),
        (Rbac, "roles", ["create", "update", "patch"]),
        (Rbac, "clusterroles", ["create", "update", "patch"]),
        (Rbac, "rolebindings", ["create", "update", "patch"]),
        (Rbac, "clusterrolebindings", ["create", "update", "patch"]),
    ];

    public static string ToText(IReadOnlyList<RoleRule> rules) => rules.Count == 0 ? "" : JsonSerializer.Serialize(rules);

    /// <summary>Why only a privileged offer may hold this rule; null where any may.</summary>
    public string? PrivilegedBecause()
    {
        if (new[] { ApiGroups, Resources, Verbs, NonResourceUrls }.Any(part => part.Any(word => word.Contains('*', StringComparison.Ordinal))))
            return "a wildcard allows what nobody has thought of";
        if (Verbs.FirstOrDefault(verb => verb is "escalate" or "bind" or "impersonate") is { } verb)
            return $"the verb {verb} leads to the rights of others";
        foreach (var (group, resource, verbs) in Leading)
        {
            if (ApiGroups.Contains(group) && Resources.Contains(resource) && (verbs.Length == 0 || verbs.Any(Verbs.Contains)))
                return $"{resource} leads to everything";
        }

        return null;
    }

    public override string ToString() => NonResourceUrls.Count > 0
        ? $"{string.Join(",", Verbs)} {string.Join(",", NonResourceUrls)}"
        : $"{string.Join(",", Verbs)} {string.Join(",", Resources)}{(ResourceNames.Count > 0 ? $" named {string.Join(",", ResourceNames)}" : "")}";
}
