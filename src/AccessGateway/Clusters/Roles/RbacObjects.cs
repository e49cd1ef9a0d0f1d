namespace AccessGateway.Clusters;

using AccessGateway.Persistence;
using k8s.Models;

/// <summary>From the API's objects to ours. What is missing in one reads as nothing allowed, and a selector that nobody understands
/// as an error.</summary>
internal static class RbacObjects
{
    private const string EnforceLabel = "pod-security.kubernetes.io/enforce";

    public static RbacRole Of(V1ClusterRole role) => new(
        role.Metadata.Name, null, Version(role.Metadata),
        [.. (role.AggregationRule?.ClusterRoleSelectors ?? []).Select(Selector)],
        Rules(role.Rules));

    public static RbacRole Of(V1Role role) => new(role.Metadata.Name, role.Metadata.NamespaceProperty, Version(role.Metadata), [], Rules(role.Rules));

    public static RbacBinding Of(V1ClusterRoleBinding binding) => new(null, null, binding.RoleRef.Name, Subjects(binding.Subjects));

    public static RbacBinding Of(V1RoleBinding binding)
    {
        var place = binding.Metadata.NamespaceProperty;
        return new(place, binding.RoleRef.Kind == "ClusterRole" ? null : place, binding.RoleRef.Name, Subjects(binding.Subjects));
    }

    public static RbacNamespace Of(V1Namespace item) => new(item.Metadata.Name, item.Metadata.Labels?.TryGetValue(EnforceLabel, out var level) == true ? level : null);

    /// <summary>In the form of the query parameter <c>labelSelector</c>; empty for one that selects everything.</summary>
    public static string Selector(V1LabelSelector selector) => string.Join(",", (selector.MatchLabels ?? new Dictionary<string, string>())
        .Select(label => $"{label.Key}={label.Value}")
        .Concat((selector.MatchExpressions ?? []).Select(Expression))
        .Order(StringComparer.Ordinal));

    private static string Expression(V1LabelSelectorRequirement requirement) => requirement.OperatorProperty switch
    {
        "In" => $"{requirement.Key} in ({string.Join(",", requirement.Values)})",
        "NotIn" => $"{requirement.Key} notin ({string.Join(",", requirement.Values)})",
        "Exists" => requirement.Key,
        "DoesNotExist" => $"!{requirement.Key}",
        var other => throw new FormatException($"No label selector has the operator '{other}'."),
    };

    /// <summary>One without a resourceVersion is never the same as another.</summary>
    private static string Version(V1ObjectMeta metadata) => metadata.ResourceVersion is { Length: > 0 } version ? $"{metadata.Uid}/{version}" : Identifier.New("version");

    private static List<RbacRule> Rules(IList<V1PolicyRule>? rules) =>
        [.. (rules ?? []).Select(rule => new RbacRule(List(rule.ApiGroups), List(rule.Resources), List(rule.ResourceNames), List(rule.Verbs), List(rule.NonResourceURLs)))];

    private static List<RbacSubject> Subjects(IList<Rbacv1Subject>? subjects) =>
        [.. (subjects ?? []).Select(subject => new RbacSubject(subject.Kind, subject.NamespaceProperty, subject.Name))];

    private static List<string> List(IList<string>? texts) => [.. texts ?? []];
}
