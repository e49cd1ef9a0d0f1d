namespace AccessGateway.Clusters;

using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Reads roles, bindings and namespaces of one cluster over its API, page by page.</summary>
internal sealed class RbacReader(IKubernetes kubernetes)
{
    /// <summary>More objects of one kind than any cluster has: a list without an end must not fill the memory.</summary>
    public const int MaxObjects = 50_000;

    /// <summary>Null where there is no such role.</summary>
    public async Task<RbacRole?> ClusterRoleAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var role = await kubernetes.RbacAuthorizationV1.ReadClusterRoleAsync(name, cancellationToken: cancellationToken);
            return role.Metadata?.Name == name ? RbacObjects.Of(role) : null;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The Role of that name in each of the namespaces; null where one has none, or none are named.</summary>
    public async Task<List<RbacRole>?> RolesAsync(string name, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var roles = new List<RbacRole>();
        try
        {
            foreach (var place in namespaces)
                roles.Add(RbacObjects.Of(await kubernetes.RbacAuthorizationV1.ReadNamespacedRoleAsync(name, place, cancellationToken: cancellationToken)));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        return roles.Count == 0 ? null : roles;
    }

    /// <summary>All, or those that the label selector selects.</summary>
    public Task<List<RbacRole>> ClusterRolesAsync(string selector, CancellationToken cancellationToken) => ListAsync<V1ClusterRoleList, V1ClusterRole, RbacRole>(
        next => kubernetes.RbacAuthorizationV1.ListClusterRoleAsync(labelSelector: selector.Length == 0 ? null : selector, limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken),
        RbacObjects.Of);

    /// <summary>The names of those that are not being deleted.</summary>
    public async Task<IReadOnlyList<string>> NamespacesAsync(CancellationToken cancellationToken) =>
    [
        .. (await ListAsync<V1NamespaceList, V1Namespace, string?>(
            next => kubernetes.CoreV1.ListNamespaceAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken),
            item => item.Metadata.DeletionTimestamp is null ? item.Metadata.Name : null)).OfType<string>(),
    ];

    /// <summary>Everything that tells who holds which rights.</summary>
    public async Task<RbacState> StateAsync(CancellationToken cancellationToken)
    {
        var rbac = kubernetes.RbacAuthorizationV1;
        var clusterRoles = ClusterRolesAsync("", cancellationToken);
        var roles = ListAsync<V1RoleList, V1Role, RbacRole>(next => rbac.ListRoleForAllNamespacesAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), RbacObjects.Of);
        var clusterBindings = ListAsync<V1ClusterRoleBindingList, V1ClusterRoleBinding, RbacBinding>(
            next => rbac.ListClusterRoleBindingAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), RbacObjects.Of);
        var bindings = ListAsync<V1RoleBindingList, V1RoleBinding, RbacBinding>(
            next => rbac.ListRoleBindingForAllNamespacesAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), RbacObjects.Of);
        var namespaces = ListAsync<V1NamespaceList, V1Namespace, RbacNamespace>(
            next => kubernetes.CoreV1.ListNamespaceAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), RbacObjects.Of);
        await Task.WhenAll(clusterRoles, roles, clusterBindings, bindings, namespaces);
        return new RbacState([.. await clusterRoles, .. await roles], [.. await clusterBindings, .. await bindings], await namespaces);
    }

    private static Task<List<TOurs>> ListAsync<TList, TItem, TOurs>(Func<string?, Task<TList>> page, Func<TItem, TOurs> map)
        where TList : IItems<TItem>, IMetadata<V1ListMeta> => Pages.AllAsync(
        async next =>
        {
            var list = await page(next);
            return (list.Items.Select(map), list.Metadata);
        },
        MaxObjects);
}

/// <summary>The roles and bindings of a cluster at one moment.</summary>
internal sealed record RbacState(IReadOnlyList<RbacRole> Roles, IReadOnlyList<RbacBinding> Bindings, IReadOnlyList<RbacNamespace> Namespaces);
