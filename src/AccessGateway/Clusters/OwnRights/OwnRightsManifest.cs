namespace AccessGateway.Clusters;

using System.Text;
using AccessGateway.Policy;
using k8s;
using k8s.Models;

/// <summary>The gateway's own rights as objects that <c>kubectl apply</c> takes.</summary>
internal static class OwnRightsManifest
{
    private const string RbacGroup = "rbac.authorization.k8s.io";

    /// <summary>YAML; a comment above each role says what each of its rules is for.</summary>
    /// <param name="accountNamespace">Of the gateway's ServiceAccount.</param>
    /// <param name="account">The gateway's ServiceAccount.</param>
    /// <param name="gateway">The gateway's name: the label of the bindings that it owns, and the name of its roles, for two may share a cluster.</param>
    /// <param name="admission">Whether to add a ValidatingAdmissionPolicy, which Kubernetes knows since 1.30.</param>
    public static string Write(IReadOnlyList<OwnRight> rights, string accountNamespace, string account, string gateway, bool admission)
    {
        var text = new StringBuilder();
        Append(text, [], new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = new V1ObjectMeta { Name = accountNamespace } });
        Append(text, [], new V1ServiceAccount { ApiVersion = "v1", Kind = "ServiceAccount", Metadata = new V1ObjectMeta { Name = account, NamespaceProperty = accountNamespace } });
        foreach (var place in rights.GroupBy(right => right.Namespace).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var rules = place.DistinctBy(right => RoleRule.ToText([right.Rule])).ToList();
            var why = rules.Select((right, index) => $"rule {index + 1}: {right.Why}").ToList();
            Append(text, why, Role(gateway, place.Key, [.. rules.Select(right => ToRule(right.Rule))]));
            Append(text, [], Binding(gateway, place.Key, accountNamespace, account));
        }

        if (admission)
        {
            foreach (var item in OwnWrites.Limits(accountNamespace, account, gateway))
                Append(text, [], item);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<string> comments, object item)
    {
        if (text.Length > 0)
            text.Append("---\n");
        foreach (var comment in comments)
            text.Append("# ").Append(comment).Append('\n');
        text.Append(KubernetesYaml.Serialize(item).Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n')).Append('\n');
    }

    private static V1PolicyRule ToRule(RoleRule rule) => new()
    {
        ApiGroups = rule.NonResourceUrls.Count > 0 ? null : [.. rule.ApiGroups],
        Resources = rule.NonResourceUrls.Count > 0 ? null : [.. rule.Resources],
        ResourceNames = rule.ResourceNames.Count == 0 ? null : [.. rule.ResourceNames],
        NonResourceURLs = rule.NonResourceUrls.Count == 0 ? null : [.. rule.NonResourceUrls],
        Verbs = [.. rule.Verbs],
    };

    private static object Role(string name, string? place, List<V1PolicyRule> rules) => place is null
        ? new V1ClusterRole { ApiVersion = $"{RbacGroup}/v1", Kind = "ClusterRole", Metadata = new V1ObjectMeta { Name = name }, Rules = rules }
        : new V1Role { ApiVersion = $"{RbacGroup}/v1", Kind = "Role", Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = place }, Rules = rules };

    private static object Binding(string name, string? place, string accountNamespace, string account)
    {
        var subjects = new List<Rbacv1Subject> { new() { Kind = "ServiceAccount", Name = account, NamespaceProperty = accountNamespace } };
        return place is null
            ? new V1ClusterRoleBinding { ApiVersion = $"{RbacGroup}/v1", Kind = "ClusterRoleBinding", Metadata = new V1ObjectMeta { Name = name }, RoleRef = new V1RoleRef { ApiGroup = RbacGroup, Kind = "ClusterRole", Name = name }, Subjects = subjects }
            : new V1RoleBinding { ApiVersion = $"{RbacGroup}/v1", Kind = "RoleBinding", Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = place }, RoleRef = new V1RoleRef { ApiGroup = RbacGroup, Kind = "Role", Name = name }, Subjects = subjects };
    }
}
