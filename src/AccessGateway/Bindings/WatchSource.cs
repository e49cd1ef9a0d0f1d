namespace AccessGateway.Bindings;

using AccessGateway.Contracts;
using k8s;
using k8s.Models;

/// <summary>One thing that happened to an object of ours, or to a namespace.</summary>
/// <param name="Resource">Such as <c>rolebindings</c>.</param>
/// <param name="Version">The resourceVersion to go on from.</param>
internal sealed record WatchedEvent(WatchEventType Type, string Resource, string? Namespace, string Name, string? Version);

/// <summary>The watches of one cluster, over its API: our bindings and, where policies carry rules, the roles that we make of them,
/// by their label; and the namespaces.</summary>
/// <param name="makesRoles">Whether the gateway makes roles there, and so has the right to watch them.</param>
/// <param name="hear">Is told what happened.</param>
internal sealed class WatchSource(string cluster, Func<IKubernetes> kubernetes, string gateway, Func<bool> makesRoles, Action<WatchedEvent> hear)
{
    /// <summary>How long the API server keeps one watch open; a new one begins where it ended.</summary>
    private const int Seconds = 300;

    private readonly string _selector = $"{OwnObjects.GatewayLabel}={gateway}";

    public string Cluster => cluster;

    private IRbacAuthorizationV1Operations Rbac => kubernetes().RbacAuthorizationV1;

    /// <summary>Each kind with how to find where to begin, and how to go on from there.</summary>
    public IReadOnlyList<WatchedKind> Kinds =>
    [
        new(
            Resources.ClusterRoleBindings,
            () => true,
            async token => (await Rbac.ListClusterRoleBindingAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(Resources.ClusterRoleBindings, Rbac.WatchListClusterRoleBindingAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token))),
        new(
            Resources.RoleBindings,
            () => true,
            async token => (await Rbac.ListRoleBindingForAllNamespacesAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(Resources.RoleBindings, Rbac.WatchListRoleBindingForAllNamespacesAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token))),
        new(
            Resources.ClusterRoles,
            makesRoles,
            async token => (await Rbac.ListClusterRoleAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(Resources.ClusterRoles, Rbac.WatchListClusterRoleAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token))),
        new(
            Resources.Roles,
            makesRoles,
            async token => (await Rbac.ListRoleForAllNamespacesAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(Resources.Roles, Rbac.WatchListRoleForAllNamespacesAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token))),
        new(
            Resources.Namespaces,
            () => true,
            async token => (await kubernetes().CoreV1.ListNamespaceAsync(limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(Resources.Namespaces, kubernetes().CoreV1.WatchListNamespaceAsync(
                allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token))),
    ];

    public void Hear(WatchedEvent told) => hear(told);

    private static async IAsyncEnumerable<WatchedEvent> EventsOf<T>(string resource, IAsyncEnumerable<(WatchEventType Type, T Item)> events)
        where T : IMetadata<V1ObjectMeta>
    {
        await foreach (var (type, item) in events)
        {
            if (item?.Metadata is { } metadata)
                yield return new WatchedEvent(type, resource, string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty, metadata.Name ?? "", metadata.ResourceVersion);
        }
    }
}

/// <param name="Name">The resource.</param>
/// <param name="IsNeeded">Whether there may be any.</param>
/// <param name="Newest">The resourceVersion of now.</param>
/// <param name="Watch">What happens after a resourceVersion, until the API server ends it; its errors go to the callback.</param>
internal sealed record WatchedKind(string Name, Func<bool> IsNeeded, Func<CancellationToken, Task<string?>> Newest, Func<string, Action<Exception>, CancellationToken, IAsyncEnumerable<WatchedEvent>> Watch);
