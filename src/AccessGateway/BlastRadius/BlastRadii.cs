namespace AccessGateway.BlastRadius;

using System.Runtime.CompilerServices;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>Computes blast radii from the live RBAC of the clusters. Never fails: what cannot be read is unknown.</summary>
internal sealed class BlastRadii(RoleRules roles, RbacStates states, TimeProvider clock)
{
    private readonly ConditionalWeakTable<RbacState, Surroundings> _surroundings = [];

    /// <summary>Of a ClusterRole bound for the whole cluster, or in these namespaces.</summary>
    public async Task<BlastRadius> OfAsync(string cluster, string clusterRole, RoleScope scope, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var place = scope == RoleScope.Cluster ? Place.Cluster : Place.In(namespaces);
        return await OfAsync(cluster, clusterRole, _ => place, cancellationToken);
    }

    /// <summary>Of an offer before namespaces are chosen: in all that it may be asked for.</summary>
    public Task<BlastRadius> OfAsync(string cluster, RoleOffer offer, CancellationToken cancellationToken) =>
        OfAsync(cluster, offer.ClusterRole, state => PlaceOf(offer, state), cancellationToken);

    private async Task<BlastRadius> OfAsync(string cluster, string clusterRole, Func<RbacState?, Place> place, CancellationToken cancellationToken)
    {
        var resolving = roles.ResolveAsync(cluster, clusterRole, cancellationToken);
        var state = await states.OfAsync(cluster, cancellationToken);
        var surroundings = state is null ? null : _surroundings.GetValue(state, Surroundings.Of);
        return BlastRadius.Of(await resolving, surroundings, place(state), clock.GetUtcNow());
    }

    /// <summary>Where no namespace fits the patterns yet, the patterns stand for one that does.</summary>
    private static Place PlaceOf(RoleOffer offer, RbacState? state)
    {
        if (offer.Scope == RoleScope.Cluster)
            return Place.Cluster;
        var fitting = (state?.Namespaces ?? []).Select(item => item.Name).Where(offer.IncludesNamespace).ToList();
        return Place.In(fitting.Count > 0 ? fitting : offer.NamespacePatterns[0]);
    }
}
