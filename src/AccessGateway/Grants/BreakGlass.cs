namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Breaking the glass: request and grant in one transaction, without approval; with a step-up of its own, and loudly. For one
/// cluster at a time: what is loud must be plain, and nobody waits for a second one.</summary>
internal sealed class BreakGlass(
    GatewayDbContext db, AccessRequests requests, Decisions decisions, RequestDrafts drafts, Submissions submissions, GlassAlarm alarm, StepUps stepUps, IGrantBinder binder, TimeProvider clock) : IBreakGlass
{
    public async Task<Outcome<AccessRequest>> UseAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, string? proof, CancellationToken cancellationToken)
    {
        if (AccessRequestChecks.Problem(asked, idempotencyKey, clock.GetUtcNow()) is { } problem)
            return problem;
        if (asked.StartsAt is not null)
            return new Refusal.Invalid("startsAt", "must be missing: breaking the glass begins now.");
        if (await submissions.RepeatedAsync(caller, asked, idempotencyKey, cancellationToken) is { } repeated)
            return repeated;
        var (decision, facts) = await decisions.DecideAsync(caller, asked with { BreakGlass = true }, cancellationToken);
        return decision switch
        {
            Decision.Denied denied => Decisions.RefusalOf(denied),
            Decision.BreakGlass glass => await GrantAsync(caller, asked, facts, glass, idempotencyKey, proof, cancellationToken),
            _ => Decisions.NoAnswer,
        };
    }

    private async Task<Outcome<AccessRequest>> GrantAsync(Caller caller, SubmitAccessRequest asked, RequestFacts facts, Decision.BreakGlass glass, string? idempotencyKey, string? proof, CancellationToken cancellationToken)
    {
        var draft = await drafts.OfAsync(caller, facts, glass.Offer, glass.Duration, cancellationToken);
        var request = draft.Of(asked, idempotencyKey);
        // Policy decides on one cluster alone.
        var place = request.Clusters.Single();
        var grant = Grant.Of(request, place.Cluster, place.RulesDigest, draft.Now, place.MatchedNamespaces);
        (request.State, request.ActivatedAt, place.GrantId) = (AccessRequestState.Approved, draft.Now, grant.Id);
        (request.NextReminderAt, request.NextEscalationAt, request.ExpiresAt) = (null, null, grant.NotAfter);
        request.AfterReview = new AfterReview { AccessRequestId = request.Id, DueAt = draft.Now + glass.ReviewWithin };
        // Fresh for this one thing, whatever was proven minutes ago.
        var requirement = new StepUpRequirement(StepUpProof.Lifetime, glass.Offer.MfaFactors, Privileged: true);
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await stepUps.SpendAsync(caller, StepUpActions.BreakGlass(place.Cluster, request.Role), proof, requirement, cancellationToken) is { } stepUp)
                return stepUp;
            db.AccessRequests.Add(request);
            submissions.Note(request);
            await db.SaveChangesAsync(cancellationToken);
            // Only now: the grant's row points to the request's.
            db.Grants.Add(grant);
            await alarm.RaiseAsync(request, grant, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        db.ChangeTracker.Clear();
        await binder.BindAsync(grant, CancellationToken.None);
        return await requests.FindAsync(caller, request.Id, cancellationToken);
    }
}

/// <summary>Who hears of a broken glass.</summary>
internal sealed class GlassAlarm(GatewayDbContext db, Notices notices, AuditLog audit)
{
    /// <summary>Every administrator but the one who did it, and the audit log; in the caller's transaction.</summary>
    public async Task RaiseAsync(AccessRequest request, Grant grant, CancellationToken cancellationToken)
    {
        ActivationNote.Add(audit, request, grant, request.PolicyDigest);
        audit.Add(
            AuditEvents.BreakGlassUsed, request.Subject, request.Subject, request.Id, grant.Id, grant.Cluster,
            ("role", request.Role), ("allows", request.Target.ToString()), ("risk", request.Risk.ToString().ToLowerInvariant()), ("namespaces", request.Namespaces.Count == 0 ? null : string.Join(",", request.Namespaces)),
            ("matched", grant.HasPatterns ? grant.MatchedWords : null), ("reason", request.Reason), ("notAfter", grant.NotAfter.ToString("O")), ("reviewDueAt", request.AfterReview!.DueAt.ToString("O")));
        var administrators = await db.Users.Where(User.Administers).Where(user => !user.Disabled && user.Id != request.RequesterId).Select(user => user.Id).ToListAsync(cancellationToken);
        foreach (var administrator in administrators)
            notices.Tell(administrator, $"{request.Subject} broke the glass for {request.Role} on {grant.Cluster}, until {grant.NotAfter:yyyy-MM-dd HH:mm}Z, because \"{request.Reason}\". Review it: /requests/{request.Id}");
    }
}
