namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Binds an approval to what the role allowed when its reviewers were asked: where that has changed, the request goes back to them.
/// Where policy approved by itself nobody looked, and nothing is bound.
/// </summary>
internal sealed class RoleBond(GatewayDbContext db, IRoleRules roleRules, AuditLog audit, TimeProvider clock)
{
    /// <summary>What the role allows now; or why the request cannot be activated.</summary>
    public async Task<(string? RulesDigest, Refusal? Refusal)> CheckAsync(AccessRequest request, CancellationToken cancellationToken)
    {
        var now = await roleRules.DigestAsync(request.Cluster, request.Target, request.Namespaces, cancellationToken);
        if (request.Rules.Count == 0 || now == request.RulesDigest)
            return (now, null);
        if (now is null)
            return (null, new Refusal.Unavailable($"Cluster '{request.Cluster}' does not say what the role allows now, and its reviewers approved what it allowed then. Try again."));
        return (now, await ReturnAsync(request, now, cancellationToken));
    }

    private async Task<Refusal> ReturnAsync(AccessRequest request, string digest, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rules = request.Rules;
        var expiresAt = request.Kind == AccessRequestKind.Extension ? request.ExpiresAt : now + request.PendingLifetime;
        var (reminder, escalation) = (Reminding.FirstReminder(rules, now), Reminding.NextEscalation(rules, now, now));
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var returned = await db.AccessRequests
            .Where(row => row.Id == request.Id && row.State == AccessRequestState.Approved && row.GrantId == null && row.Round == request.Round && row.ExpiresAt > now)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.State, AccessRequestState.Pending).SetProperty(row => row.Round, request.Round + 1).SetProperty(row => row.RulesDigest, digest)
                    .SetProperty(row => row.ReviewsSince, now).SetProperty(row => row.ExpiresAt, expiresAt)
                    .SetProperty(row => row.NextReminderAt, reminder).SetProperty(row => row.NextEscalationAt, escalation),
                cancellationToken);
        if (returned == 0)
            return new Refusal.Conflict("The request was activated, withdrawn, returned or ran out in the meantime.");
        audit.Add(
            AuditEvents.RequestReturned, AuditEvents.Gateway, request.Subject, request.Id, request.ExtendsGrantId, request.Cluster,
            ("role", request.Target.ToString()), ("approvedRulesDigest", request.RulesDigest), ("rulesDigest", digest));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Refusal.Conflict("What the role allows has changed since it was approved. The request went back to its reviewers.", ProblemCodes.ReturnedToReviewers);
    }
}
