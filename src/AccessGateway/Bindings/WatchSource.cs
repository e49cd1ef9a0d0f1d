namespace AccessGateway.Bindings;

using AccessGateway.Contracts;
using k8s;
using k8s.Models;

/// <summary>One thing that happened to an object of ours, or to a namespace.</summary>
/// <param name="Version">The resourceVersion to go on from.</param>
internal sealed record WatchedEvent(WatchEventType Type, string? Namespace, string Name, string? Version);

/// <summary>The watches of one cluster, over its API: our bindings, by their label, and the namespaces.</summary>
/// <param name="ofBindings">Hears what happens to bindings.</param>
/// <param name="ofNamespaces">Hears what happens to namespaces.</param>
internal sealed class WatchSource(string cluster, Func<IKubernetes> kubernetes, string gateway, Action<WatchedEvent> ofBindings, Action<WatchedEvent> ofNamespaces)
{
    /// <summary>How long the API server keeps one watch open; a new one begins where it ended.</summary>
    private const int Seconds = 300;

    public string Cluster => cluster;

    private readonly string _selector = $"{OwnObjects.GatewayLabel}={gateway}";

    /// <summary>The two kinds of binding, and namespaces, each with how to find where to begin, and how to go on from there.</summary>
    public IReadOnlyList<WatchedKind> Kinds =>
    [
        new(
            "clusterrolebindings",
            async token => (await kubernetes().RbacAuthorizationV1.ListClusterRoleBindingAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(kubernetes().RbacAuthorizationV1.WatchListClusterRoleBindingAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token)),
            ofBindings),
        new(
            "rolebindings",
            async token => (await kubernetes().RbacAuthorizationV1.ListRoleBindingForAllNamespacesAsync(labelSelector: _selector, limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(kubernetes().RbacAuthorizationV1.WatchListRoleBindingForAllNamespacesAsync(
                allowWatchBookmarks: true, labelSelector: _selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token)),
            ofBindings),
        new(
            "namespaces",
            async token => (await kubernetes().CoreV1.ListNamespaceAsync(limit: 1, cancellationToken: token)).Metadata.ResourceVersion,
            (version, onError, token) => EventsOf(kubernetes().CoreV1.WatchListNamespaceAsync(
                allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: token)),
            ofNamespaces),
    ];

    private static async IAsyncEnumerable<WatchedEvent> EventsOf<T>(IAsyncEnumerable<(WatchEventType Type, T Item)> events)
        where T : IMetadata<V1ObjectMeta>
    {
        await foreach (var (type, item) in events)
        {
            if (item?.Metadata is { } metadata)
                yield return new WatchedEvent(type, string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty, metadata.Name ?? "", metadata.ResourceVersion);
        }
    }
}

/// <param name="Name">The resource.</param>
/// <param name="Newest">The resourceVersion of now.</param>
/// <param name="Watch">What happens after a resourceVersion, until the API server ends it; its errors go to the callback.</param>
/// <param name="Hear">Is told what happened.</param>
internal sealed record WatchedKind(
    string Name, Func<CancellationToken, Task<string?>> Newest, Func<string, Action<Exception>, CancellationToken, IAsyncEnumerable<WatchedEvent>> Watch, Action<WatchedEvent> Hear);
