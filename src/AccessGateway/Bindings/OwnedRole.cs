namespace AccessGateway.Bindings;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Policy;
using k8s.Models;

/// <summary>A Role or ClusterRole that the gateway made for one grant, of the rules that its policy carries.</summary>
/// <param name="Namespace">Null for a ClusterRole.</param>
/// <param name="Rules">As JSON.</param>
/// <param name="Gateway">Whose label it carries; without it nobody lists or watches it.</param>
internal sealed record OwnedRole(string Name, string? Namespace, string GrantId, string Rules, string Gateway)
{
    /// <summary>Which object of that name it is, where it was read from a cluster; with it only that one is deleted.</summary>
    public string? Uid { get; init; }

    /// <summary>The object's resourceVersion.</summary>
    public string? Version { get; init; }

    /// <summary>Deleted already, and held by a finalizer of somebody's. The gateway may not write roles that are there; without a binding it allows nothing.</summary>
    public bool IsGoing { get; init; }

    public string Resource => Namespace is null ? Resources.ClusterRoles : Resources.Roles;

    /// <summary>Where it stands, for people and audit events.</summary>
    public string Place => Namespace is null ? $"clusterrole/{Name}" : $"role/{Name} in {Namespace}";

    /// <summary>The roles that a grant needs made: none where it binds an existing one. Named as its bindings are.</summary>
    public static IReadOnlyList<OwnedRole> Of(Grant grant, string gateway) => grant.Target.HasOwnRules
        ? [.. BindingManifest.Places(grant).Select(place => new OwnedRole(OwnObjects.NamePrefix + grant.Id, place, grant.Id, grant.RoleRules, gateway))]
        : [];

    /// <summary>What allows otherwise than it should, or hides; empty where nothing does.</summary>
    public IReadOnlyList<(string What, string Found, string Expected)> DifferencesFrom(OwnedRole desired)
    {
        var differences = new List<(string, string, string)>();
        if (Rules != desired.Rules)
            differences.Add(("rules", Rules, desired.Rules));
        if ((Gateway, GrantId) != (desired.Gateway, desired.GrantId))
            differences.Add(("labels", Text(Gateway, GrantId), Text(desired.Gateway, desired.GrantId)));
        return differences;
    }

    /// <summary>Reads back what is in a cluster.</summary>
    public static OwnedRole Read(V1ObjectMeta metadata, IList<V1PolicyRule>? rules, bool aggregated = false) => new(
        metadata.Name,
        string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty,
        Label(metadata, OwnObjects.GrantLabel),
        aggregated ? "aggregated" : RoleRule.ToText([.. (rules ?? []).Select(rule => new RoleRule(
            [.. rule.ApiGroups ?? []], [.. rule.Resources ?? []], [.. rule.ResourceNames ?? []], [.. rule.Verbs ?? []], [.. rule.NonResourceURLs ?? []]))]),
        Label(metadata, OwnObjects.GatewayLabel))
    {
        Uid = metadata.Uid,
        Version = metadata.ResourceVersion,
        IsGoing = metadata.DeletionTimestamp is not null,
    };

    public static List<V1PolicyRule> ToRules(Grant grant) => [.. grant.Target.Rules.Select(rule => new V1PolicyRule
    {
        ApiGroups = OrNull(rule.ApiGroups),
        Resources = OrNull(rule.Resources),
        ResourceNames = OrNull(rule.ResourceNames),
        Verbs = [.. rule.Verbs],
        NonResourceURLs = OrNull(rule.NonResourceUrls),
    })];

    private static string Label(V1ObjectMeta metadata, string name) => metadata.Labels?.TryGetValue(name, out var value) == true ? value : "";

    private static string Text(string gateway, string grant) => $"{(gateway.Length == 0 ? "none" : gateway)}/{(grant.Length == 0 ? "none" : grant)}";

    private static List<string>? OrNull(IReadOnlyList<string> words) => words.Count == 0 ? null : [.. words];
}
