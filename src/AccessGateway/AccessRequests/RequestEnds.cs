namespace AccessGateway.AccessRequests;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>How access requests end without a grant: withdrawn or run out. What is for several clusters ends as a whole.</summary>
internal sealed class RequestEnds(GatewayDbContext db, AccessRequests requests, AuditLog audit, TimeProvider clock)
{
    /// <summary>Takes back one's own request, while it is pending or approved and not activated.</summary>
    public async Task<Outcome<AccessRequest>> WithdrawAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var withdrawn = await db.AccessRequests.Where(AccessRequest.IsOpen).Where(row => row.Id == id && row.RequesterId == caller.UserId && row.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Withdrawn), cancellationToken);
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out _))
            return found;
        if (request.RequesterId != caller.UserId)
            return new Refusal.Forbidden("Only its requester can withdraw a request.");
        if (withdrawn == 0)
            return new Refusal.Conflict(request.ActivatedAt is null ? $"The request is {request.StateAt(now).ToString().ToLowerInvariant()}." : request.Clusters.Count == 1 ? "The request was activated; end its grant instead." : "The request was activated; end its grants instead.");

        audit.Add(AuditEvents.RequestWithdrawn, caller.Name, concerns: caller.Name, accessRequestId: id, cluster: request.ClusterList);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return request;
    }

    /// <summary>Withdraws what a user has open, in the caller's transaction: somebody else does it for them. Extensions end with their
    /// grants: whoever touches both takes the grant first, so that no two wait for each other.</summary>
    public async Task WithdrawAllAsync(User user, string actor, string why, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = db.AccessRequests.Where(AccessRequest.IsOpen).Where(row => row.RequesterId == user.Id && row.ExtendsGrantId == null && row.ExpiresAt > now);
        foreach (var request in await open.AsNoTracking().ToListAsync(cancellationToken))
        {
            if (await open.Where(row => row.Id == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Withdrawn), cancellationToken) == 1)
                audit.Add(AuditEvents.RequestWithdrawn, actor, concerns: user.Name, accessRequestId: request.Id, cluster: request.ClusterList, details: ("why", why));
        }
    }

    /// <summary>Ends what nobody decided or activated in time; several gateways at once end each only once.</summary>
    public async Task ExpireDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = db.AccessRequests.Where(AccessRequest.IsOpen).Where(row => row.ExpiresAt <= now);
        foreach (var request in await due.AsNoTracking().ToListAsync(cancellationToken))
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var expired = await due.Where(row => row.Id == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Expired), cancellationToken);
            if (expired == 0)
                continue;
            audit.Add(AuditEvents.RequestExpired, AuditEvents.Gateway, concerns: request.Subject, accessRequestId: request.Id, cluster: request.ClusterList);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Ends what would have extended grants that have ended, in the caller's transaction.</summary>
    public async Task ExpireExtensionsAsync(IReadOnlyCollection<string> grantIds, CancellationToken cancellationToken)
    {
        var open = db.AccessRequests.Where(AccessRequest.IsOpen).Where(row => row.ExtendsGrantId != null && grantIds.Contains(row.ExtendsGrantId));
        foreach (var request in await open.AsNoTracking().ToListAsync(cancellationToken))
        {
            if (await open.Where(row => row.Id == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Expired), cancellationToken) == 1)
                audit.Add(AuditEvents.RequestExpired, AuditEvents.Gateway, concerns: request.Subject, accessRequestId: request.Id, cluster: request.ClusterList, details: ("why", "the grant has ended"));
        }
    }
}
