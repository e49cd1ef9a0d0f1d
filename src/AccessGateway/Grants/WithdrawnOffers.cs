namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Revokes active grants whose role the documents do not offer their holder any more: the cluster or the policy is gone, it
/// names them no longer, or means another role, other namespaces or another API server by the name.</summary>
internal sealed class WithdrawnOffers(GatewayDbContext db, RequestEnds requests, IGrantBinder binder, AuditLog audit, TimeProvider clock)
{
    private const string NotOffered = "no policy offers this any more";
    private const string Moved = "the cluster's name is another API server's now";

    /// <param name="moved">Clusters whose document names another API server than it did, and since when: what was given on the one is not bound on the other.</param>
    /// <returns>How many were revoked.</returns>
    public async Task<int> RevokeAsync(GatewayDocuments documents, IReadOnlyDictionary<string, DateTimeOffset> moved, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var active = await db.Grants.AsNoTracking().Where(grant => grant.State == GrantState.Active && grant.NotAfter > now)
            .Join(db.Users, grant => grant.HolderId, user => user.Id, (grant, user) => new { Grant = grant, Holder = user })
            .ToListAsync(cancellationToken);
        var unbinding = new List<(Grant Grant, string Why, Task<bool> Done)>();
        try
        {
            foreach (var held in active)
            {
                var why = moved.TryGetValue(held.Grant.Cluster, out var since) && held.Grant.NotBefore <= since ? Moved
                    : IsOffered(documents, held.Grant, held.Holder) ? null
                    : NotOffered;
                // Each at once, and nobody hangs up on it: it has ended, whatever becomes of those after it (I2).
                if (why is not null && await TryRevokeAsync(held.Grant, why, documents.Digest, now, cancellationToken))
                    unbinding.Add((held.Grant, why, binder.UnbindAsync(held.Grant, CancellationToken.None)));
            }
        }
        finally
        {
            await Task.WhenAll(unbinding.Select(one => one.Done));
        }

        foreach (var (grant, _, _) in unbinding.Where(one => one.Why == Moved && !one.Done.Result))
            audit.Add(AuditEvents.BindingFailed, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("leftOn", documents.Cluster(grant.Cluster)?.Server.ToString()));
        await db.SaveChangesAsync(cancellationToken);
        return unbinding.Count;
    }

    private static bool IsOffered(GatewayDocuments documents, Grant grant, User holder) =>
        documents.Cluster(grant.Cluster) is { } cluster
        && RoleOffer.Merge(documents.Policies, cluster.Facts, HolderFacts.Of(holder), grant.Role) is { } offer
        && offer.Covers(grant.Target, grant.Namespaces);

    private async Task<bool> TryRevokeAsync(Grant grant, string why, string digest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > now).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.State, GrantState.Revoked).SetProperty(row => row.EndedAt, now).SetProperty(row => row.EndedBy, AuditEvents.Gateway), cancellationToken);
        if (won == 0)
            return false;
        audit.Add(AuditEvents.GrantRevoked, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("why", why), ("policyDigest", digest));
        await requests.ExpireExtensionsAsync([grant.Id], cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return true;
    }
}
