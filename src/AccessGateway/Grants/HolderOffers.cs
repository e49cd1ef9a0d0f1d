namespace AccessGateway.Grants;

using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Which namespaces the patterns of grants may match: what policy offers each holder now, and did when it was asked for.</summary>
internal sealed class HolderOffers(GatewayDbContext db, GatewayDocuments documents)
{
    /// <returns>For each grant's id, whether one may be bound. Whom policy offers the role no more keeps what is matched until the grant ends,
    /// and gets nothing new.</returns>
    public async Task<IReadOnlyDictionary<string, Func<string, bool>>> MayMatchAsync(IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        var ids = grants.Select(grant => grant.HolderId).Distinct().ToList();
        var holders = await db.Users.AsNoTracking().Where(user => ids.Contains(user.Id)).ToDictionaryAsync(user => user.Id, StringComparer.Ordinal, cancellationToken);
        return grants.ToDictionary(grant => grant.Id, grant => MayMatch(grant, holders[grant.HolderId]), StringComparer.Ordinal);
    }

    private Func<string, bool> MayMatch(Grant grant, User holder)
    {
        Func<string, bool> offered = Offer(grant, holder) is { } offer ? offer.OffersNamespace : grant.MatchedNamespaces.Contains;
        return name => offered(name) && !NamespaceChoice.IsExcepted(grant.ExceptNamespaces, name);
    }

    private RoleOffer? Offer(Grant grant, User holder) =>
        !holder.Disabled && documents.Cluster(grant.Cluster) is { } cluster
        && RoleOffer.Merge(documents.Policies, cluster.Facts, HolderFacts.Of(holder), grant.Role) is { } offer && offer.Covers(grant.Target, grant.Namespaces)
            ? offer
            : null;
}
