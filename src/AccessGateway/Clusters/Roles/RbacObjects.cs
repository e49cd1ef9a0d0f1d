namespace AccessGateway.Clusters;

using System.Collections.ObjectModel;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using k8s.Models;

/// <summary>From the API's objects to ours. What is missing in one reads as nothing allowed, and a selector that nobody understands
/// as an error.</summary>
internal static class RbacObjects
{
    private const string BootstrappingLabel = "kubernetes.io/bootstrapping";
    private const string EnforceLabel = "pod-security.kubernetes.io/enforce";

    public static RbacRole Of(V1ClusterRole role) => new(
        role.Metadata.Name, null, Version(role.Metadata),
        [.. (role.AggregationRule?.ClusterRoleSelectors ?? []).Select(Selector)],
        Rules(role.Rules))
    {
        Labels = Labels(role.Metadata),
    };

    public static RbacRole Of(V1Role role) => new(role.Metadata.Name, role.Metadata.NamespaceProperty, Version(role.Metadata), [], Rules(role.Rules));

    public static RbacBinding Of(V1ClusterRoleBinding binding) => new(null, null, binding.RoleRef.Name, Subjects(binding.Subjects))
    {
        Name = binding.Metadata.Name,
        Bootstrapping = IsBootstrapping(binding.Metadata),
        Gateway = Label(binding.Metadata, OwnObjects.GatewayLabel),
    };

    public static RbacBinding Of(V1RoleBinding binding)
    {
        var place = binding.Metadata.NamespaceProperty;
        return new(place, binding.RoleRef.Kind == "ClusterRole" ? null : place, binding.RoleRef.Name, Subjects(binding.Subjects))
        {
            Name = binding.Metadata.Name,
            Bootstrapping = IsBootstrapping(binding.Metadata),
            Gateway = Label(binding.Metadata, OwnObjects.GatewayLabel),
        };
    }

    public static RbacNamespace Of(V1Namespace item) => new(item.Metadata.Name, Label(item.Metadata, EnforceLabel));

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

    private static bool IsBootstrapping(V1ObjectMeta metadata) => Label(metadata, BootstrappingLabel) == "rbac-defaults";

    private static string? Label(V1ObjectMeta metadata, string name) => metadata.Labels?.TryGetValue(name, out var value) == true ? value : null;

    private static ReadOnlyDictionary<string, string> Labels(V1ObjectMeta metadata) => metadata.Labels?.AsReadOnly() ?? ReadOnlyDictionary<string, string>.Empty;

    private static List<string> List(IList<string>? texts) => [.. texts ?? []];
}
