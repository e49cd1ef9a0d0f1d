namespace AccessGateway.Bindings;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using k8s.Models;

/// <summary>What the bindings of a grant look like. Pure.</summary>
internal static class BindingManifest
{
    private const string RolePrefix = "Role/";
    private const string RbacGroup = "rbac.authorization.k8s.io";

    /// <summary>One for the cluster, or one for each namespace. Names are determined by the grant: made twice it is the same object.</summary>
    public static IReadOnlyList<Binding> Of(Grant grant, string gateway)
    {
        if (grant.ClusterRole.StartsWith("system:", StringComparison.OrdinalIgnoreCase) || grant.NamespacedRole.StartsWith("system:", StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"{grant.Id} names a role of the cluster's own parts.");
        var name = OwnObjects.NamePrefix + grant.Id;
        var role = grant.Target switch
        {
            { HasOwnRules: true } => grant.Scope == RoleScope.Cluster ? name : RolePrefix + name,
            { NamespacedRole: { Length: > 0 } named } => RolePrefix + named,
            var target => target.ClusterRole,
        };
        return [.. Places(grant).Select(place => new Binding(name, place, grant.Id, role, SubjectText("Group", grant.Group), LabelText(gateway, grant.Id), grant.Subject, EndText(grant)))];
    }

    /// <summary>Where the grant applies: null for the whole cluster.</summary>
    public static IReadOnlyList<string?> Places(Grant grant) => grant.Scope == RoleScope.Cluster ? new string?[] { null } : [.. grant.BoundNamespaces];

    public static V1ClusterRoleBinding ToClusterRoleBinding(Binding binding, Grant grant, string gateway) => new()
    {
        Metadata = Metadata(binding.Name, binding.Namespace, grant, gateway),
        RoleRef = RoleRef(binding),
        Subjects = Subjects(grant),
    };

    public static V1RoleBinding ToRoleBinding(Binding binding, Grant grant, string gateway) => new()
    {
        Metadata = Metadata(binding.Name, binding.Namespace, grant, gateway),
        RoleRef = RoleRef(binding),
        Subjects = Subjects(grant),
    };

    /// <summary>Reads back what is in a cluster.</summary>
    public static Binding Read(V1ObjectMeta metadata, V1RoleRef roleRef, IList<Rbacv1Subject>? subjects)
    {
        var grant = Value(metadata.Labels, OwnObjects.GrantLabel);
        return new Binding(
            metadata.Name,
            string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty,
            grant ?? "",
            roleRef.Kind == "ClusterRole" ? roleRef.Name : $"{roleRef.Kind}/{roleRef.Name}",
            string.Join(", ", (subjects ?? []).Select(subject => SubjectText(subject.Kind, subject.NamespaceProperty is { Length: > 0 } place ? $"{place}/{subject.Name}" : subject.Name))),
            LabelText(Value(metadata.Labels, OwnObjects.GatewayLabel), grant),
            Value(metadata.Annotations, OwnObjects.SubjectAnnotation),
            Value(metadata.Annotations, OwnObjects.NotAfterAnnotation))
        {
            Uid = metadata.Uid,
            Version = metadata.ResourceVersion,
            Finalizers = string.Join(", ", metadata.Finalizers ?? []),
        };
    }

    public static V1ObjectMeta Metadata(string name, string? place, Grant grant, string gateway) => new()
    {
        Name = name,
        NamespaceProperty = place,
        Labels = new Dictionary<string, string> { [OwnObjects.GatewayLabel] = gateway, [OwnObjects.GrantLabel] = grant.Id },
        Annotations = new Dictionary<string, string>
        {
            [OwnObjects.NotAfterAnnotation] = EndText(grant),
            [OwnObjects.SubjectAnnotation] = grant.Subject,
        },
    };

    private static string EndText(Grant grant) => grant.NotAfter.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static V1RoleRef RoleRef(Binding binding) => binding.Role.StartsWith(RolePrefix, StringComparison.Ordinal)
        ? new() { ApiGroup = RbacGroup, Kind = "Role", Name = binding.Role[RolePrefix.Length..] }
        : new() { ApiGroup = RbacGroup, Kind = "ClusterRole", Name = binding.Role };

    private static List<Rbacv1Subject> Subjects(Grant grant) => [new() { ApiGroup = RbacGroup, Kind = "Group", Name = grant.Group }];

    private static string SubjectText(string kind, string name) => $"{kind} {name}";

    private static string LabelText(string? gateway, string? grant) => $"{gateway ?? "none"}/{grant ?? "none"}";

    private static string? Value(IDictionary<string, string>? values, string key) => values?.TryGetValue(key, out var value) == true ? value : null;
}
