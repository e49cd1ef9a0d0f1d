namespace AccessGateway.Contracts;

/// <summary>A registered cluster that the caller may ask for: <c>GET /api/v1/clusters</c>.</summary>
/// <param name="Name">DNS label.</param>
/// <param name="Server">The API server's URL.</param>
/// <param name="Healthy">Whether the gateway reached the API server at its last look; null before the first.</param>
public sealed record ClusterView(string Name, string Server, IReadOnlyDictionary<string, string> Labels, bool? Healthy);

/// <summary>A role that policies offer the caller on a cluster, with the most restrictive of the policies' answers:
/// <c>GET /api/v1/clusters/{name}/role-offers</c>.</summary>
/// <param name="Role">The offer's name, as a request names it.</param>
/// <param name="ClusterRole">The ClusterRole that would be bound; empty where it is a Role, or rules of the offer's own.</param>
/// <param name="Namespaces">With scope <see cref="RoleScope.Namespaces"/>: name patterns (<c>*</c> and <c>?</c>), else empty.</param>
/// <param name="MaxDuration">As <see cref="DurationText"/>.</param>
/// <param name="DefaultDuration">As <see cref="DurationText"/>.</param>
/// <param name="Approvals">How many approvals a request needs; 0 where it is approved at once.</param>
/// <param name="ReasonRequired">Whether a request must give a reason.</param>
public sealed record RoleOfferView(
    string Role,
    string ClusterRole,
    RoleScope Scope,
    IReadOnlyList<string> Namespaces,
    string MaxDuration,
    string DefaultDuration,
    int Approvals,
    bool ReasonRequired)
{
    /// <summary>The Role of the namespaces that would be bound; null where it is a ClusterRole or rules of the offer's own.</summary>
    public string? NamespacedRole { get; init; }

    /// <summary>Rules of the offer's own, of which the gateway makes a role for one grant alone; null where an existing role is bound.</summary>
    public IReadOnlyList<RoleRuleView>? Rules { get; init; }

    /// <summary>Patterns of namespaces that are not offered, whatever <see cref="Namespaces"/> says; null where there are none.</summary>
    public IReadOnlyList<string>? ExceptNamespaces { get; init; }

    /// <summary>The longest break-glass, as <see cref="DurationText"/>, where the caller may break the glass for this role; else null.</summary>
    public string? BreakGlass { get; init; }

    /// <summary>What would be bound, in words.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Bound => RoleRuleView.Words(ClusterRole, NamespacedRole, Rules);
}

/// <summary>A rule as RBAC writes it.</summary>
public sealed record RoleRuleView(
    IReadOnlyList<string> ApiGroups, IReadOnlyList<string> Resources, IReadOnlyList<string> ResourceNames, IReadOnlyList<string> Verbs, IReadOnlyList<string> NonResourceURLs)
{
    public override string ToString() =>
        $"{string.Join(",", Verbs)} {string.Join(",", NonResourceURLs.Count > 0 ? NonResourceURLs : Resources)}{(ResourceNames.Count > 0 ? $" named {string.Join(",", ResourceNames)}" : "")}";

    /// <summary>What is bound, in words.</summary>
    public static string Words(string clusterRole, string? namespacedRole, IReadOnlyList<RoleRuleView>? rules) =>
        rules is { Count: > 0 } ? $"own rules: {string.Join("; ", rules)}" : namespacedRole is { Length: > 0 } ? $"Role {namespacedRole}" : $"ClusterRole {clusterRole}";
}

/// <summary>Where a role is bound.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(CamelCaseEnumConverter<RoleScope>))]
public enum RoleScope
{
    /// <summary>Everywhere: a ClusterRoleBinding.</summary>
    Cluster,

    /// <summary>In the namespaces that the request names, exactly or by pattern: a RoleBinding in each.</summary>
    Namespaces,
}
