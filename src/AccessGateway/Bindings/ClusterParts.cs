namespace AccessGateway.Bindings;

using AccessGateway.Clusters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>What works on one cluster, put together once.</summary>
/// <param name="Bindings">Our bindings over its API.</param>
/// <param name="Roles">Our roles over its API.</param>
/// <param name="Grants">Binds and unbinds.</param>
/// <param name="Ended">Unbinds all that has ended.</param>
/// <param name="Repair">Puts bindings right that others touched.</param>
/// <param name="OwnRoles">Puts roles right that others touched.</param>
internal sealed record ClusterParts(ClusterBindings Bindings, ClusterRoles Roles, GrantBindings Grants, EndedGrants Ended, BindingRepair Repair, RoleReconciler OwnRoles)
{
    public required Stragglers Stragglers { get; init; }

    /// <summary>Which namespaces concern its loop.</summary>
    public required PatternInterest Interest { get; init; }

    public required ReconcileMetrics Metrics { get; init; }

    public static ClusterParts Of(string cluster, string gateway, LoopBell bell, OwnEchoes echoes, PatternInterest interest, IServiceProvider services)
    {
        var (connections, metrics, clock) = (services.GetRequiredService<ClusterConnections>(), services.GetRequiredService<ReconcileMetrics>(), services.GetRequiredService<TimeProvider>());
        var logger = services.GetRequiredService<ILogger<Reconciler>>();
        var bindings = new ClusterBindings(() => connections.For(cluster), gateway, echoes);
        var roles = new ClusterRoles(() => connections.For(cluster), gateway, echoes);
        var told = new ToldDrift();
        var repair = new BindingRepair(cluster, bindings, told, metrics, logger);
        var making = new GrantMaking(bindings, roles, clock);
        var grants = new GrantBindings(cluster, bindings, making, new GrantRemovals(cluster, bindings, roles, clock), repair);
        var stragglers = new Stragglers(grants, new SemaphoreSlim(GrantBindings.AtOnce), services.GetRequiredService<IServiceScopeFactory>(), bell, logger);
        return new ClusterParts(bindings, roles, grants, new EndedGrants(cluster, grants, stragglers, new SemaphoreSlim(1), new CallSlots()), repair, new RoleReconciler(cluster, roles, told, metrics, logger)) { Stragglers = stragglers, Interest = interest, Metrics = metrics };
    }
}
