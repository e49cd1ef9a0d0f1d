namespace AccessGateway.Clusters;

using System.Collections.ObjectModel;

/// <summary>A rule of a role, as RBAC means it: any of the verbs on any of the resources of any of the groups, and any of the verbs
/// on any of the URLs. No <paramref name="ResourceNames"/> means every object.</summary>
internal sealed record RbacRule(
    IReadOnlyList<string> ApiGroups,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string> ResourceNames,
    IReadOnlyList<string> Verbs,
    IReadOnlyList<string> NonResourceUrls);

/// <summary>A ClusterRole, or a Role of a namespace.</summary>
/// <param name="Namespace">Null for a ClusterRole.</param>
/// <param name="Version">Uid and resourceVersion: another text, another content.</param>
/// <param name="Selectors">Of an aggregated ClusterRole: label selectors of the roles it is put together from.</param>
internal sealed record RbacRole(string Name, string? Namespace, string Version, IReadOnlyList<string> Selectors, IReadOnlyList<RbacRule> Rules)
{
    /// <summary>What selectors select it by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>Who holds a role, and where.</summary>
/// <param name="Namespace">Null for a ClusterRoleBinding.</param>
/// <param name="RoleNamespace">Null where it binds a ClusterRole.</param>
internal sealed record RbacBinding(string? Namespace, string? RoleNamespace, string Role, IReadOnlyList<RbacSubject> Subjects)
{
    public string Name { get; init; } = "";

    /// <summary>Whether Kubernetes made it itself, as its label says. Whoever may write bindings may write the label too.</summary>
    public bool Bootstrapping { get; init; }

    /// <summary>The gateway whose label it carries; null for none.</summary>
    public string? Gateway { get; init; }
}

/// <summary>As in a binding: kind User, Group or ServiceAccount.</summary>
internal sealed record RbacSubject(string Kind, string? Namespace, string Name);

/// <summary>A namespace, as far as somebody who judges roles needs it.</summary>
/// <param name="PodSecurity">The level that Pod Security enforces there by its label; null where none.</param>
internal sealed record RbacNamespace(string Name, string? PodSecurity);
