namespace AccessGateway.Bindings;

/// <summary>The kinds of object that we make, as the API names them.</summary>
internal static class Resources
{
    public const string ClusterRoleBindings = "clusterrolebindings";
    public const string RoleBindings = "rolebindings";
    public const string ClusterRoles = "clusterroles";
    public const string Roles = "roles";
    public const string Namespaces = "namespaces";
}
