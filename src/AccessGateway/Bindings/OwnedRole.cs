namespace AccessGateway.Bindings;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Policy;
using k8s.Models;

/// <summary>A Role or ClusterRole that the gateway made for one grant, of the rules that its policy carries.</summary>
/// <param name="Namespace">Null for a ClusterRole.</param>
/// <param name="Rules">As JSON; what is in the cluster is another role where it differs in anything.</param>
internal sealed record OwnedRole(string Name, string? Namespace, string GrantId, string Rules)
{
    /// <summary>Where it stands, for people and audit events.</summary>
    public string Place => Namespace is null ? $"clusterrole/{Name}" : $"role/{Name} in {Namespace}";

    /// <summary>The roles that a grant needs made: none where it binds an existing one. Named as its bindings are.</summary>
    public static IReadOnlyList<OwnedRole> Of(Grant grant) => grant.Target.HasOwnRules
        ? [.. BindingManifest.Places(grant).Select(place => new OwnedRole(OwnObjects.NamePrefix + grant.Id, place, grant.Id, grant.RoleRules))]
        : [];

    /// <summary>Reads back what is in a cluster.</summary>
    public static OwnedRole Read(V1ObjectMeta metadata, IList<V1PolicyRule>? rules, bool aggregated = false) => new(
        metadata.Name,
        string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty,
        metadata.Labels?.TryGetValue(OwnObjects.GrantLabel, out var grant) == true ? grant : "",
        aggregated ? "aggregated" : RoleRule.ToText([.. (rules ?? []).Select(rule => new RoleRule(
            [.. rule.ApiGroups ?? []], [.. rule.Resources ?? []], [.. rule.ResourceNames ?? []], [.. rule.Verbs ?? []], [.. rule.NonResourceURLs ?? []]))]));

    public static List<V1PolicyRule> ToRules(Grant grant) => [.. grant.Target.Rules.Select(rule => new V1PolicyRule
    {
        ApiGroups = OrNull(rule.ApiGroups),
        Resources = OrNull(rule.Resources),
        ResourceNames = OrNull(rule.ResourceNames),
        Verbs = [.. rule.Verbs],
        NonResourceURLs = OrNull(rule.NonResourceUrls),
    })];

    private static List<string>? OrNull(IReadOnlyList<string> words) => words.Count == 0 ? null : [.. words];
}
