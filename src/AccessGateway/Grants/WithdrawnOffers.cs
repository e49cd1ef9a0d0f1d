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
/// names them no longer, or means another role or other namespaces by the name.</summary>
internal sealed class WithdrawnOffers(GatewayDbContext db, RequestEnds requests, IGrantBinder binder, AuditLog audit, TimeProvider clock)
{
    private const string Reason = "no policy offers this any more";

    /// <returns>How many were revoked.</returns>
    public async Task<int> RevokeAsync(GatewayDocuments documents, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var active = await db.Grants.AsNoTracking().Where(grant => grant.State == GrantState.Active && grant.NotAfter > now)
            .Join(db.Users, grant => grant.HolderId, user => user.Id, (grant, user) => new { Grant = grant, Holder = user })
            .ToListAsync(cancellationToken);
        var unbinding = new List<Task<bool>>();
        try
        {
            foreach (var held in active)
            {
                // Each at once, and nobody hangs up on it: it has ended, whatever becomes of those after it (I2).
                if (!IsOffered(documents, held.Grant, held.Holder) && await TryRevokeAsync(held.Grant, documents.Digest, now, cancellationToken))
                    unbinding.Add(binder.UnbindAsync(held.Grant, CancellationToken.None));
            }
        }
        finally
        {
            await Task.WhenAll(unbinding);
        }

        return unbinding.Count;
    }

    private static bool IsOffered(GatewayDocuments documents, Grant grant, User holder) =>
        documents.Cluster(grant.Cluster) is { } cluster
        && RoleOffer.Merge(documents.Policies, cluster.Facts, HolderFacts.Of(holder), grant.Role) is { } offer
        && offer.Covers(grant.Target, grant.Namespaces);

    private async Task<bool> TryRevokeAsync(Grant grant, string digest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > now).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.State, GrantState.Revoked).SetProperty(row => row.EndedAt, now).SetProperty(row => row.EndedBy, AuditEvents.Gateway), cancellationToken);
        if (won == 0)
            return false;
        audit.Add(AuditEvents.GrantRevoked, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("why", Reason), ("policyDigest", digest));
        await requests.ExpireExtensionsAsync([grant.Id], cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return true;
    }
}
