namespace AccessGateway.Bindings;

using AccessGateway.Clusters;
using Microsoft.Extensions.Logging;

/// <summary>What works on one cluster, put together once.</summary>
/// <param name="Bindings">Our bindings over its API.</param>
/// <param name="Roles">Our roles over its API.</param>
/// <param name="Grants">Binds and unbinds.</param>
/// <param name="Repair">Puts bindings right that others touched.</param>
/// <param name="Interest">Which namespaces concern its loop.</param>
/// <param name="OwnRoles">Puts roles right that others touched.</param>
internal sealed record ClusterParts(ClusterBindings Bindings, ClusterRoles Roles, GrantBindings Grants, BindingRepair Repair, RoleReconciler OwnRoles, PatternInterest Interest, ReconcileMetrics Metrics)
{
    public static ClusterParts Of(string cluster, string gateway, OwnEchoes echoes, PatternInterest interest, ClusterConnections connections, ReconcileMetrics metrics, TimeProvider clock, ILogger<Reconciler> logger)
    {
        var bindings = new ClusterBindings(() => connections.For(cluster), gateway, echoes);
        var roles = new ClusterRoles(() => connections.For(cluster), gateway);
        var repair = new BindingRepair(cluster, bindings, metrics, logger);
        return new ClusterParts(bindings, roles, new GrantBindings(cluster, bindings, roles, repair, clock), repair, new RoleReconciler(cluster, roles, metrics, logger), interest, metrics);
    }
}
