namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using k8s;
using k8s.Models;

/// <summary>Bindings that look like a gateway's and that this one will never remove: they carry no label, or another's.</summary>
internal static class LeftoverProbe
{
    public static async Task<ClusterCheckView> ProbeAsync(IKubernetes kubernetes, string gateway, CancellationToken cancellationToken)
    {
        var rbac = kubernetes.RbacAuthorizationV1;
        var cluster = OursAsync<V1ClusterRoleBindingList, V1ClusterRoleBinding>(next => rbac.ListClusterRoleBindingAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken));
        var namespaced = OursAsync<V1RoleBindingList, V1RoleBinding>(next => rbac.ListRoleBindingForAllNamespacesAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken));
        return Judge([.. await cluster, .. await namespaced], gateway);
    }

    /// <summary>Pure.</summary>
    private static ClusterCheckView Judge(List<V1ObjectMeta> all, string gateway)
    {
        var foreign = all.Where(item => LabelOf(item) is { } label && label != gateway).ToList();
        var nameless = all.Where(item => LabelOf(item) is null).ToList();
        if (nameless.Count > 0)
            return Checked.Warning(ClusterCheckNames.Leftovers, $"{Checked.Count(nameless.Count, "binding")} named {OwnObjects.NamePrefix}* without a gateway's label: no gateway removes {(nameless.Count == 1 ? "it" : "them")}", "Find out who made them, and delete them.")
                .With([.. nameless.Select(Place), .. foreign.Select(item => $"{Place(item)}, of gateway '{LabelOf(item)}'")]);
        if (foreign.Count == 0)
            return Checked.Ok(ClusterCheckNames.Leftovers, "no bindings of other gateways");
        var gateways = string.Join(", ", foreign.Select(LabelOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return Checked.Warning(ClusterCheckNames.Leftovers, $"{Checked.Count(foreign.Count, "binding")} of another gateway ({gateways})", $"If that gateway runs no more: kubectl delete clusterrolebinding,rolebinding -A -l {OwnObjects.GatewayLabel}=NAME").With([.. foreign.Select(Place)]);
    }

    private static string Place(V1ObjectMeta item) => string.IsNullOrEmpty(item.NamespaceProperty) ? $"clusterrolebinding/{item.Name}" : $"rolebinding/{item.Name} in {item.NamespaceProperty}";

    private static string? LabelOf(V1ObjectMeta item) => item.Labels?.TryGetValue(OwnObjects.GatewayLabel, out var label) == true ? label : null;

    /// <summary>Of each page what concerns us is kept, and nothing else.</summary>
    private static Task<List<V1ObjectMeta>> OursAsync<TList, TItem>(Func<string?, Task<TList>> page)
        where TList : IItems<TItem>, IMetadata<V1ListMeta>
        where TItem : IMetadata<V1ObjectMeta> => Pages.AllAsync(async next =>
    {
        var list = await page(next);
        return (list.Items.Select(item => item.Metadata).Where(item => LabelOf(item) is not null || item.Name.StartsWith(OwnObjects.NamePrefix, StringComparison.Ordinal)), list.Metadata);
    });
}
