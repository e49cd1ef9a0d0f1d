namespace AccessGateway.BlastRadius;

using System.Runtime.CompilerServices;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>Computes blast radii from the live RBAC of the clusters. Never fails: what cannot be read is unknown.</summary>
internal sealed class BlastRadii(RoleRules roles, RbacStates states, TimeProvider clock)
{
    private readonly ConditionalWeakTable<RbacState, Surroundings> _surroundings = [];

    /// <summary>Of a role bound for the whole cluster, or in these namespaces: names, and patterns of names.</summary>
    /// <param name="offered">Which of those that a pattern matches may be bound.</param>
    public async Task<BlastRadius> OfAsync(string cluster, RoleTarget target, RoleScope scope, IReadOnlyList<string> namespaces, Func<string, bool> offered, CancellationToken cancellationToken)
    {
        if (scope == RoleScope.Cluster || !NamespaceChoice.HasPatterns(namespaces))
            return await OfAsync(cluster, target, _ => scope == RoleScope.Cluster ? Place.Cluster : Place.In(namespaces), cancellationToken);
        IReadOnlyList<string>? matches = null;
        var radius = await OfAsync(cluster, target, PlaceOf, cancellationToken);
        return radius with { Matches = matches };

        // Where none fits yet, the patterns stand for one that does.
        Place PlaceOf(RbacState? state)
        {
            matches = state is null ? null : NamespaceChoice.Matches(namespaces, state.Namespaces.Select(item => item.Name), offered);
            return matches is { Count: > 0 } some ? Place.In([.. namespaces.Where(name => !Glob.IsPattern(name)), .. some]) : Place.In(namespaces);
        }
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
