namespace AccessGateway.BlastRadius;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>The blast radius of what somebody is offered, before they ask for it. Only of what they are offered.</summary>
internal sealed class OfferBlastRadii(GatewayDocuments documents, BlastRadii radii)
{
    private const int MaxNamespaces = 50;

    /// <param name="namespaces">Names chosen so far; none for the worst of all that may be asked for.</param>
    public async Task<Outcome<BlastRadiusView>> OfAsync(Caller caller, string cluster, string role, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        if (documents.Cluster(cluster) is not { } definition || RoleOffer.Merge(documents.Policies, definition.Facts, caller.Facts, role) is not { } offer)
            return new Refusal.NotFound($"You are offered no role '{role}' on a cluster '{cluster}'.");
        if (Problem(offer, namespaces) is { } problem)
            return new Refusal.Invalid("namespaces", problem);
        if (namespaces.Count > 0)
            return (await radii.OfAsync(cluster, offer.Target, offer.Scope, namespaces, offer.OffersNamespace, cancellationToken)).ToView(cluster, offer.Target, offer.Scope, namespaces);
        var patterns = offer.NamespacePatterns.SelectMany(list => list).Distinct(StringComparer.Ordinal).ToList();
        return (await radii.OfAsync(cluster, offer, cancellationToken)).ToView(cluster, offer.Target, offer.Scope, patterns);
    }

    private static string? Problem(RoleOffer offer, IReadOnlyList<string> namespaces)
    {
        if (namespaces.Count == 0)
            return null;
        if (namespaces.Count > MaxNamespaces)
            return $"at most {MaxNamespaces} at once.";
        return namespaces.Select(Names.NamespaceChoiceProblem).FirstOrDefault(problem => problem is not null) ?? NamespaceChoice.Problem(offer, namespaces);
    }
}
