namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Makes grants of an approved request, one on each of its clusters: all in one transaction, or none.</summary>
internal sealed class Activations(GatewayDbContext db, ActivationChecks checks, StepUps stepUps, IGrantBinder binder, AuditLog audit)
{
    /// <summary>The clock starts now. Once a request, by its requester, with a step-up.</summary>
    /// <param name="proof">A step-up proof for <c>activate:{id}</c>.</param>
    /// <returns>The grants, by the names of their clusters.</returns>
    public async Task<Outcome<List<Grant>>> ActivateAsync(Caller caller, string requestId, string? proof, CancellationToken cancellationToken)
    {
        var passed = await checks.PassAsync(caller, requestId, cancellationToken);
        if (!passed.Is(out var activation, out var problem))
            return problem;

        var (request, grants, now) = (activation.Request, activation.Grants, activation.Now);
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await stepUps.SpendAsync(caller, StepUpActions.Activate(requestId), proof, request.StepUp, cancellationToken) is { } stepUp)
                return stepUp;
            var won = await db.AccessRequests
                .Where(row => row.Id == requestId && row.State == AccessRequestState.Approved && row.ActivatedAt == null && row.Round == request.Round && row.ExpiresAt > now)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.ActivatedAt, now), cancellationToken);
            if (won == 0)
                return new Refusal.Conflict("The request was activated, withdrawn or ran out in the meantime.");
            foreach (var grant in grants)
                await AddAsync(request, grant, activation.PolicyDigest, cancellationToken);
            await checks.TieAsync(caller, grants, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            Failpoint.Reach("activate.before-commit");
            await transaction.CommitAsync(cancellationToken);
        }

        Failpoint.Reach("activate.after-commit");
        db.ChangeTracker.Clear();
        // The grants hold from here on: a client that hangs up must not keep them from being bound, nor one cluster another.
        await Task.WhenAll(grants.Select(grant => binder.BindAsync(grant, CancellationToken.None)));
        var made = await db.Grants.AsNoTracking().Where(row => row.AccessRequestId == requestId).ToListAsync(cancellationToken);
        made.Sort((one, other) => string.CompareOrdinal(one.Cluster, other.Cluster));
        return made;
    }

    private async Task AddAsync(AccessRequest request, Grant grant, string policyDigest, CancellationToken cancellationToken)
    {
        db.Grants.Add(grant);
        await db.RequestedClusters.Where(row => row.AccessRequestId == request.Id && row.Cluster == grant.Cluster)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.GrantId, grant.Id), cancellationToken);
        ActivationNote.Add(audit, request, grant, policyDigest);
    }
}
