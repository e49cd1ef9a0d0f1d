namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

/// <summary>Gives active grants a later end, each by one guarded write.</summary>
internal sealed class LaterEnds(GatewayDbContext db, Decisions decisions, StepUps stepUps, AuditLog audit, TimeProvider clock)
{
    public static readonly Refusal Meanwhile = new Refusal.Conflict("The grant ended or was extended in the meantime.");

    /// <param name="proof">A step-up proof for <c>extend:{id}</c>.</param>
    public async Task<Outcome<Extension>> MoveAtOnceAsync(Caller caller, Grant grant, DateTimeOffset end, string? proof, StepUpRequirement requirement, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Extend(grant.Id), proof, requirement, cancellationToken) is { } stepUp)
            return stepUp;
        if (await MoveAsync(grant, end, clock.GetUtcNow(), cancellationToken) == 0)
            return Meanwhile;
        return new Extension.Moved(await SaveAsync(caller, grant, end, grant.AccessRequestId, transaction, cancellationToken));
    }

    /// <summary>To the end that an extension's reviewers approved; once a request.</summary>
    /// <param name="proof">A step-up proof for <c>activate:{id}</c>.</param>
    public async Task<Outcome<Grant>> ActivateAsync(Caller caller, AccessRequest request, Grant grant, DateTimeOffset end, string? proof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Activate(request.Id), proof, request.StepUp, cancellationToken) is { } stepUp)
            return stepUp;
        // The grant before the request, as whoever ends a grant does it: two who wait for each other would both fail.
        if (await MoveAsync(grant, end, now, cancellationToken) == 0)
            return Meanwhile;
        var won = await db.AccessRequests
            .Where(row => row.Id == request.Id && row.State == AccessRequestState.Approved && row.ActivatedAt == null && row.Round == request.Round)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.ActivatedAt, now), cancellationToken);
        if (won == 0)
            return Meanwhile;
        await db.RequestedClusters.Where(row => row.AccessRequestId == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.GrantId, grant.Id), cancellationToken);
        return await SaveAsync(caller, grant, end, request.Id, transaction, cancellationToken);
    }

    /// <summary>1 where the grant is still active, ends where it did, and would end later.</summary>
    private Task<int> MoveAsync(Grant grant, DateTimeOffset end, DateTimeOffset now, CancellationToken cancellationToken) => db.Grants
        .Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter == grant.NotAfter && row.NotAfter > now && row.NotAfter < end)
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotAfter, end), cancellationToken);

    private async Task<Grant> SaveAsync(Caller caller, Grant grant, DateTimeOffset end, string requestId, IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        audit.Add(AuditEvents.GrantExtended, caller.Name, grant.Subject, requestId, grant.Id, grant.Cluster, ("from", grant.NotAfter.ToString("O")), ("notAfter", end.ToString("O")), ("policyDigest", decisions.PolicyDigest));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await db.Grants.AsNoTracking().SingleAsync(row => row.Id == grant.Id, cancellationToken);
    }
}
