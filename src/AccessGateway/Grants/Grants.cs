namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>The life of a grant: activation, and its one end.</summary>
internal sealed class Grants(
    GatewayDbContext db, AccessRequests requests, RoleBond bond, StepUps stepUps, MachineGrants machines, IGrantBinder binder, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such grant.");

    /// <summary>Makes a grant of an approved request: the clock starts now. Once a request, by its requester, with a step-up.</summary>
    /// <param name="proof">A step-up proof for <c>activate:{id}</c>.</param>
    public async Task<Outcome<Grant>> ActivateAsync(Caller caller, string requestId, string? proof, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, requestId, cancellationToken);
        if (!found.Is(out var request, out var notFound))
            return notFound;
        var now = clock.GetUtcNow();
        if (ActivationProblem(request, caller, now) is { } problem)
            return problem;
        if (await machines.ProblemAsync(caller, cancellationToken) is { } nobody)
            return nobody;
        var held = await bond.CheckAsync(request, cancellationToken);
        if (held.Refusal is { } broken)
            return broken;

        var grant = Grant.Of(request, held.RulesDigest, now);
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await stepUps.SpendAsync(caller, StepUpActions.Activate(requestId), proof, request.StepUp, cancellationToken) is { } stepUp)
                return stepUp;
            var won = await db.AccessRequests
                .Where(row => row.Id == requestId && row.State == AccessRequestState.Approved && row.GrantId == null && row.Round == request.Round && row.ExpiresAt > now)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.GrantId, grant.Id), cancellationToken);
            if (won == 0)
                return new Refusal.Conflict("The request was activated, withdrawn or ran out in the meantime.");
            db.Grants.Add(grant);
            await machines.TieAsync(grant, caller, cancellationToken);
            audit.Add(
                AuditEvents.GrantActivated, caller.Name, grant.Subject, requestId, grant.Id, grant.Cluster,
                ("role", grant.Target.ToString()), ("namespaces", grant.Namespaces.Count == 0 ? null : string.Join(",", grant.Namespaces)),
                ("group", grant.Group), ("notAfter", grant.NotAfter.ToString("O")), ("digest", request.Digest()), ("rulesDigest", grant.RulesDigest), ("policyDigest", requests.PolicyDigest));
            await db.SaveChangesAsync(cancellationToken);
            Failpoint.Reach("activate.before-commit");
            await transaction.CommitAsync(cancellationToken);
        }

        Failpoint.Reach("activate.after-commit");
        db.ChangeTracker.Clear();
        // The grant holds from here on: a client that hangs up must not keep it from being bound.
        await binder.BindAsync(grant, CancellationToken.None);
        return await ReadAsync(grant.Id, cancellationToken);
    }

    public async Task<Outcome<Grant>> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var grant = await db.Grants.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        return grant is not null && grant.IsVisibleTo(caller) ? grant : Unknown;
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

    /// <summary>Writes down what has run out. Several gateways at once write each end only once (I7).</summary>
    public async Task ExpireDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await db.Grants.AsNoTracking().Where(row => row.State == GrantState.Active && row.NotAfter <= now).ToListAsync(cancellationToken);
        foreach (var grant in due)
            await TryEndAsync(grant, GrantState.Expired, AuditEvents.Gateway, grant.NotAfter, cancellationToken);
        if (due.Count > 0)
            Failpoint.Reach("expire.after-commit");
    }

    /// <summary>When the next active grant runs out; null where none is active.</summary>
    public async Task<DateTimeOffset?> NextExpiryAsync(CancellationToken cancellationToken) =>
        await db.Grants.Where(row => row.State == GrantState.Active).MinAsync(row => (DateTimeOffset?)row.NotAfter, cancellationToken);

    private Refusal? ActivationProblem(AccessRequest request, Caller caller, DateTimeOffset now)
    {
        if (request.RequesterId != caller.UserId)
            return new Refusal.Forbidden("Only its requester can activate a request.");
        if (request.Kind == AccessRequestKind.Extension)
            return new Refusal.Conflict("This request extends a grant and makes none.");
        if (request.GrantId is not null)
            return new Refusal.Conflict($"The request was activated already, as {request.GrantId}.");
        var state = request.StateAt(now);
        if (state != AccessRequestState.Approved)
            return new Refusal.Conflict($"The request is {state.ToString().ToLowerInvariant()}.");
        if (request.StartsAt is { } start && start > now)
            return new Refusal.Conflict($"The request cannot be activated before {start:O}.");
        return PolicyNow.Problem(requests.Redecide(request, caller, request.Duration, now), request) is { } changed
            ? new Refusal.Forbidden($"Policy does not allow this any more: {changed}", ProblemCodes.NotOffered)
            : null;
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
        var endedBy = end == GrantState.Expired ? null : by;
        // Whatever end an extension may have moved it to meanwhile: a revocation is never lost to one.
        var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && (end == GrantState.Expired ? row.NotAfter <= at : row.NotAfter > at))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, end).SetProperty(row => row.EndedAt, at).SetProperty(row => row.EndedBy, endedBy), cancellationToken);
        if (won == 0)
            return false;
        var type = end switch
        {
            GrantState.Expired => AuditEvents.GrantExpired,
            GrantState.Revoked => AuditEvents.GrantRevoked,
            _ => AuditEvents.GrantRelinquished,
        };
        audit.Add(type, by, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster);
        await requests.ExpireExtensionsAsync(grant.Id, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public Task<Grant> ReadAsync(string id, CancellationToken cancellationToken) => db.Grants.AsNoTracking().SingleAsync(row => row.Id == id, cancellationToken);
}
