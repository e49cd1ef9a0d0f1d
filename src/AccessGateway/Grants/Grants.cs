namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Finding and listing grants, and the one end of each: whatever else its request became ends by itself.</summary>
internal sealed class Grants(GatewayDbContext db, RequestEnds requests, IGrantBinder binder, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such grant.");

    public async Task<Outcome<Grant>> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var grant = await db.Grants.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        return Seen(grant, caller);
    }

    /// <summary>What somebody who asks for it by its id is told.</summary>
    public static Outcome<Grant> Seen(Grant? grant, Caller caller) => grant is not null && grant.IsVisibleTo(caller) ? grant : Unknown;

    /// <summary>What a request became, by the names of the clusters; of them those that the caller may see.</summary>
    public async Task<IReadOnlyList<Grant>> OfRequestAsync(Caller caller, string requestId, CancellationToken cancellationToken)
    {
        var all = await db.Grants.AsNoTracking().Where(row => row.AccessRequestId == requestId).ToListAsync(cancellationToken);
        return [.. all.Where(grant => grant.IsVisibleTo(caller)).OrderBy(grant => grant.Cluster, StringComparer.Ordinal)];
    }

    /// <summary>What is active on a cluster, the first to end before the others: one's own; everybody's for auditors.</summary>
    public async Task<List<Grant>> ActiveOnAsync(Caller caller, string cluster, int take, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await db.Grants.AsNoTracking()
            .Where(row => row.Cluster == cluster && row.State == GrantState.Active && row.NotAfter > now && (caller.IsAuditor || row.HolderId == caller.UserId))
            .OrderBy(row => row.NotAfter).ThenBy(row => row.Id).Take(take).ToListAsync(cancellationToken);
    }

    /// <summary>Newest first: one's own; for auditors everybody's with <paramref name="everybody"/>.</summary>
    public async Task<(IReadOnlyList<Grant> Items, Cursor? Next)> ListAsync(Caller caller, GrantState? state, bool everybody, int take, Cursor? after, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var query = db.Grants.AsNoTracking().OrderByDescending(row => row.NotBefore).ThenByDescending(row => row.Id).AsQueryable();
        if (!everybody || !caller.IsAuditor)
            query = query.Where(row => row.HolderId == caller.UserId);
        if (after is { } cursor)
            query = query.Where(row => row.NotBefore < cursor.At || (row.NotBefore == cursor.At && string.Compare(row.Id, cursor.Id) < 0));
        query = state switch
        {
            null => query,
            GrantState.Active => query.Where(row => row.State == GrantState.Active && row.NotAfter > now),
            GrantState.Expired => query.Where(row => row.State == GrantState.Expired || (row.State == GrantState.Active && row.NotAfter <= now)),
            _ => query.Where(row => row.State == state),
        };
        var items = await query.Take(take + 1).ToListAsync(cancellationToken);
        if (items.Count <= take)
            return (items, null);
        items.RemoveAt(take);
        return (items, new Cursor(items[^1].NotBefore, items[^1].Id));
    }

    /// <summary>Its holder gives it back.</summary>
    public async Task<Outcome<Grant>> RelinquishAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var found = await FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var grant, out _))
            return found;
        return grant.HolderId == caller.UserId
            ? await EndAsync(grant, GrantState.Relinquished, caller.Name, cancellationToken)
            : new Refusal.Forbidden("Only its holder can give a grant back; revoke it instead.");
    }

    /// <summary>An administrator ends somebody's grant.</summary>
    public async Task<Outcome<Grant>> RevokeAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var found = await FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var grant, out _))
            return found;
        return caller.IsAdministrator
            ? await EndAsync(grant, GrantState.Revoked, caller.Name, cancellationToken)
            : new Refusal.Forbidden("Only an administrator can revoke a grant.");
    }

    private async Task<Outcome<Grant>> EndAsync(Grant grant, GrantState end, string by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!grant.IsActiveAt(now) || !await TryEndAsync(grant, end, by, now, cancellationToken))
            return (await ReadAsync(grant.Id, cancellationToken)).Over(now);
        Failpoint.Reach("end.after-commit");
        // I2: the answer is given when the cluster has forgotten the grant, or could not be reached.
        await binder.UnbindAsync(grant, CancellationToken.None);
        return await ReadAsync(grant.Id, cancellationToken);
    }

    private async Task<bool> TryEndAsync(Grant grant, GrantState end, string by, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Whatever end an extension may have moved it to meanwhile: a revocation is never lost to one.
        var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > at)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, end).SetProperty(row => row.EndedAt, at).SetProperty(row => row.EndedBy, by), cancellationToken);
        if (won == 0)
            return false;
        audit.Add(end == GrantState.Revoked ? AuditEvents.GrantRevoked : AuditEvents.GrantRelinquished, by, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster);
        await requests.ExpireExtensionsAsync([grant.Id], cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public Task<Grant> ReadAsync(string id, CancellationToken cancellationToken) => db.Grants.AsNoTracking().SingleAsync(row => row.Id == id, cancellationToken);
}
