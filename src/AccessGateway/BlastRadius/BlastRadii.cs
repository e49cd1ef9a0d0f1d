namespace AccessGateway.BlastRadius;

using System.Runtime.CompilerServices;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>Computes blast radii from the live RBAC of the clusters. Never fails: what cannot be read is unknown.</summary>
internal sealed class BlastRadii(RoleRules roles, RbacStates states, TimeProvider clock)
{
    private readonly ConditionalWeakTable<RbacState, Surroundings> _surroundings = [];

    /// <summary>Of a role bound for the whole cluster, or in these namespaces.</summary>
    public Task<BlastRadius> OfAsync(string cluster, RoleTarget target, RoleScope scope, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var place = scope == RoleScope.Cluster ? Place.Cluster : Place.In(namespaces);
        return OfAsync(cluster, target, _ => place, cancellationToken);
    }

    /// <summary>Of an offer before namespaces are chosen: in all that it may be asked for.</summary>
    public Task<BlastRadius> OfAsync(string cluster, RoleOffer offer, CancellationToken cancellationToken) =>
        OfAsync(cluster, offer.Target, state => PlaceOf(offer, state), cancellationToken);

    private async Task<BlastRadius> OfAsync(string cluster, RoleTarget target, Func<RbacState?, Place> placeOf, CancellationToken cancellationToken)
    {
        var state = await states.OfAsync(cluster, cancellationToken);
        var place = placeOf(state);
        var role = await roles.ResolveAsync(cluster, target, place.Namespaces, cancellationToken);
        var surroundings = state is null ? null : _surroundings.GetValue(state, Surroundings.Of);
        return BlastRadius.Of(role, surroundings, place, clock.GetUtcNow());
    }

    /// <summary>Where no namespace fits the patterns yet, the patterns stand for one that does.</summary>
    private static Place PlaceOf(RoleOffer offer, RbacState? state)
    {
        if (offer.Scope == RoleScope.Cluster)
            return Place.Cluster;
        var fitting = (state?.Namespaces ?? []).Select(item => item.Name).Where(offer.OffersNamespace).ToList();
        return Place.In(fitting.Count > 0 ? fitting : offer.NamespacePatterns[0]);
    }
}
