namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Takes everything from somebody whose account is disabled: open requests first, so that none becomes a grant meanwhile, then
/// the active grants.</summary>
internal sealed class HeldAccess(GatewayDbContext db, RequestEnds requests, IGrantBinder binder, AuditLog audit, TimeProvider clock) : IHeldAccess
{
    public async Task<IReadOnlyList<string>> EndAsync(User user, string actor, CancellationToken cancellationToken, string why = LoginEnd.Disabled)
    {
        await requests.WithdrawAllAsync(user, actor, why, cancellationToken);
        var now = clock.GetUtcNow();
        var ended = new List<string>();
        foreach (var grant in await db.Grants.AsNoTracking().Where(row => row.HolderId == user.Id && row.State == GrantState.Active && row.NotAfter > now).ToListAsync(cancellationToken))
        {
            if (await EndAsync(grant, actor, why, cancellationToken))
                ended.Add(grant.Id);
        }

        return ended;
    }

    /// <summary>Ends one active grant in the caller's transaction; false where it had ended.</summary>
    public async Task<bool> EndAsync(Grant grant, string actor, string why, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > now).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.State, GrantState.Revoked).SetProperty(row => row.EndedAt, now).SetProperty(row => row.EndedBy, actor), cancellationToken);
        if (won == 0)
            return false;
        audit.Add(AuditEvents.GrantRevoked, actor, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("why", why));
        await requests.ExpireExtensionsAsync([grant.Id], cancellationToken);
        return true;
    }

    public async Task UnbindAsync(IReadOnlyList<string> grantIds)
    {
        // Nobody hangs up on this: the grants have ended.
        var grants = await db.Grants.AsNoTracking().Where(row => grantIds.Contains(row.Id)).ToListAsync(CancellationToken.None);
        await Task.WhenAll(grants.Select(grant => binder.UnbindAsync(grant, CancellationToken.None)));
    }

    public async Task<IReadOnlyList<string>> ClustersNotToldAsync(User user, CancellationToken cancellationToken) => await db.Grants
        .Where(row => row.HolderId == user.Id && row.State != GrantState.Active && row.UnboundAt == null)
        .Select(row => row.Cluster).Distinct().OrderBy(name => name)
        .ToListAsync(cancellationToken);

    public async Task<List<HeldGrant>> ActiveAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await db.Grants.AsNoTracking()
            .Where(row => userIds.Contains(row.HolderId) && row.State == GrantState.Active && row.NotAfter > now)
            .OrderBy(row => row.NotAfter).ThenBy(row => row.Id)
            .Select(row => new HeldGrant(row.HolderId, row.Id, row.Cluster, row.Role, row.NotAfter))
            .ToListAsync(cancellationToken);
    }
}
