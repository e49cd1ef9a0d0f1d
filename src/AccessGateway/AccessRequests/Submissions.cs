namespace AccessGateway.AccessRequests;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Submitting access requests.</summary>
internal sealed class Submissions(GatewayDbContext db, Decisions decisions, RequestDrafts drafts, AuditLog audit, TimeProvider clock)
{
    /// <summary>Records a request and decides it at once where no approval is needed.</summary>
    /// <param name="idempotencyKey">At most 100 characters; the same key again returns the first result.</param>
    public async Task<Outcome<AccessRequest>> SubmitAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (AccessRequestChecks.Problem(asked, idempotencyKey, clock.GetUtcNow()) is { } problem)
            return problem;
        if (await RepeatedAsync(caller, asked, idempotencyKey, cancellationToken) is { } repeated)
            return repeated;

        // A break-glass comes through IBreakGlass alone: what is submitted here must never be one by mistake.
        var (decision, facts) = asked.BreakGlass == true ? default : await decisions.DecideAsync(caller, asked, cancellationToken);
        switch (decision)
        {
            case Decision.Denied denied:
                return Decisions.RefusalOf(denied);
            case Decision.Automatic automatic:
                return await SaveAsync((await drafts.OfAsync(caller, facts, automatic.Offer, automatic.Duration, cancellationToken)).Of(asked, idempotencyKey), automatic: true, cancellationToken);
            case Decision.NeedsApproval needed:
                return await SaveAsync((await drafts.OfAsync(caller, facts, needed.Offer, needed.Duration, cancellationToken)).Of(asked, idempotencyKey), automatic: false, cancellationToken);
            default:
                return Decisions.NoAnswer;
        }
    }

    /// <summary>The earlier request of the same key, where it asked for the same; null where there is none.</summary>
    public async Task<Outcome<AccessRequest>?> RepeatedAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, CancellationToken cancellationToken) =>
        idempotencyKey is not null && await FindByKeyAsync(caller, idempotencyKey, cancellationToken) is { } earlier ? SameAs(earlier, asked) : (Outcome<AccessRequest>?)null;

    /// <summary>Adds the event of a submission to the unit of work that saves it.</summary>
    public void Note(AccessRequest request) => audit.Add(
        AuditEvents.RequestSubmitted, request.Subject, request.Subject, request.Id, request.ExtendsGrantId, request.ClusterList,
        ("role", request.Role), ("clusterRole", OrNull(request.ClusterRole)), ("namespacedRole", OrNull(request.NamespacedRole)), ("rules", OrNull(request.RoleRules)), ("namespaces", request.Namespaces.Count == 0 ? null : string.Join(",", request.Namespaces)),
        ("exceptNamespaces", OrNull(string.Join(",", request.ExceptNamespaces))), ("matched", request.MatchedWords),
        ("duration", DurationText.Format(request.Duration)), ("reason", request.Reason), ("ticket", request.Ticket), ("extendsTo", request.ExtendsTo?.ToString("O")),
        ("risk", request.Risk.ToString().ToLowerInvariant()), ("digest", request.Digest()), ("rulesDigest", request.RulesDigestWords), ("policyDigest", request.PolicyDigest));

    private async Task<Outcome<AccessRequest>> SaveAsync(AccessRequest request, bool automatic, CancellationToken cancellationToken)
    {
        db.AccessRequests.Add(request);
        Note(request);
        if (automatic)
            audit.Add(AuditEvents.RequestApproved, AuditEvents.Gateway, request.Subject, request.Id, grantId: null, request.ClusterList, ("by", "policy"));
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return request;
        }
        catch (DbUpdateException) when (request.IdempotencyKey is { } key && db.AccessRequests.AsNoTracking().Any(row => row.RequesterId == request.RequesterId && row.IdempotencyKey == key))
        {
            // The same submission came twice at once, and the other one won.
            return await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).Include(row => row.AfterReview).SingleAsync(row => row.RequesterId == request.RequesterId && row.IdempotencyKey == key, cancellationToken);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private Task<AccessRequest?> FindByKeyAsync(Caller caller, string key, CancellationToken cancellationToken) => db.AccessRequests.AsNoTracking()
        .Include(row => row.Reviews).Include(row => row.AfterReview)
        .SingleOrDefaultAsync(row => row.RequesterId == caller.UserId && row.IdempotencyKey == key, cancellationToken);

    private static Outcome<AccessRequest> SameAs(AccessRequest earlier, SubmitAccessRequest asked) =>
        earlier.ClusterNames.SequenceEqual(RequestedClusters.Of(asked)) && earlier.Role == asked.Role && earlier.Reason == asked.Reason?.Trim() && earlier.Ticket == asked.Ticket?.Trim() && earlier.StartsAt == asked.StartsAt && earlier.AfterReview is not null == (asked.BreakGlass == true)
        && (asked.Duration is null || (DurationText.TryParse(asked.Duration, out var duration) && duration == earlier.Duration))
        && earlier.Namespaces.SequenceEqual((asked.Namespaces ?? []).Distinct(StringComparer.Ordinal))
            ? earlier
            : new Refusal.Invalid("This Idempotency-Key came with another request before.", new Dictionary<string, string[]>(), ProblemCodes.IdempotencyKeyReused);
}
