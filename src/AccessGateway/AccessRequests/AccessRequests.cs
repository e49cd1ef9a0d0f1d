namespace AccessGateway.AccessRequests;

using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Submitting, withdrawing and showing access requests.</summary>
internal sealed class AccessRequests(GatewayDbContext db, GatewayDocuments documents, DecisionFacts decisions, IRoleRules roleRules, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such access request.");

    /// <summary>Records a request and decides it at once where no approval is needed.</summary>
    /// <param name="idempotencyKey">At most 100 characters; the same key again returns the first result.</param>
    public async Task<Outcome<AccessRequest>> SubmitAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (AccessRequestChecks.Problem(asked, idempotencyKey, clock.GetUtcNow()) is { } problem)
            return problem;
        if (await RepeatedAsync(caller, asked, idempotencyKey, cancellationToken) is { } repeated)
            return repeated;

        // A break-glass comes through IBreakGlass alone: what is submitted here must never be one by mistake.
        var facts = await decisions.OfAsync(caller, asked, cancellationToken);
        switch (facts.BreakGlass ? null : AccessPolicy.Decide(documents.Policies, facts))
        {
            case Decision.Denied denied:
                return RefusalOf(denied);
            case Decision.Automatic automatic:
                return await SaveAsync((await DraftAsync(caller, facts, automatic.Offer, automatic.Duration, cancellationToken)).Of(asked, idempotencyKey), automatic: true, cancellationToken);
            case Decision.NeedsApproval needed:
                return await SaveAsync((await DraftAsync(caller, facts, needed.Offer, needed.Duration, cancellationToken)).Of(asked, idempotencyKey), automatic: false, cancellationToken);
            default:
                return new Refusal.Forbidden("Policy gave no answer.", ProblemCodes.NotOffered);
        }
    }

    /// <summary>The configuration under which this operation decides.</summary>
    public string PolicyDigest => documents.Digest;

    /// <summary>The earlier request of the same key, where it asked for the same; null where there is none.</summary>
    public async Task<Outcome<AccessRequest>?> RepeatedAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, CancellationToken cancellationToken) =>
        idempotencyKey is not null && await FindByKeyAsync(caller, idempotencyKey, cancellationToken) is { } earlier ? SameAs(earlier, asked) : (Outcome<AccessRequest>?)null;

    /// <summary>What a new request of the caller's is made with.</summary>
    /// <param name="facts">What it was decided on.</param>
    public async Task<NewAccessRequest> DraftAsync(Caller caller, RequestFacts facts, RoleOffer offer, TimeSpan duration, CancellationToken cancellationToken) => new(
        caller, facts, offer, duration,
        await IdentityOfAsync(caller, cancellationToken),
        offer.Approval.Count == 0 ? null : await roleRules.DigestAsync(facts.Cluster.Name, offer.Target, facts.Namespaces, cancellationToken),
        documents.Digest,
        clock.GetUtcNow());

    /// <summary>Who somebody is at their provider; null for those who sign in here.</summary>
    public async Task<string?> IdentityOfAsync(Caller caller, CancellationToken cancellationToken) => await db.ProviderIdentities.AsNoTracking()
        .Where(identity => identity.UserId == caller.UserId)
        .Select(identity => identity.Issuer + " " + identity.Subject)
        .SingleOrDefaultAsync(cancellationToken);

    /// <summary>What policy says now to a request made earlier.</summary>
    /// <param name="duration">For an extension the whole time of its grant.</param>
    public Decision Redecide(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from) =>
        AccessPolicy.Decide(documents.Policies, decisions.Of(request, caller, duration, from));

    /// <summary>What policy says to more time on the grant of a request, and what it says that on.</summary>
    /// <param name="duration">The grant's whole time.</param>
    public async Task<(Decision Decision, RequestFacts Facts)> DecideExtensionAsync(AccessRequest first, Caller caller, TimeSpan duration, CancellationToken cancellationToken)
    {
        var facts = await decisions.OfExtensionAsync(first, caller, duration, cancellationToken);
        return (AccessPolicy.Decide(documents.Policies, facts), facts);
    }

    public static Refusal RefusalOf(Decision.Denied denied) => denied.NotOffered
        ? new Refusal.Forbidden(denied.Reason, ProblemCodes.NotOffered)
        : new Refusal.Invalid(JsonNamingPolicy.CamelCase.ConvertName(denied.Field), denied.Reason);

    public async Task<Outcome<AccessRequest>> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var request = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).Include(row => row.AfterReview).SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        return request is not null && request.IsVisibleTo(caller, clock.GetUtcNow()) ? request : Unknown;
    }

    /// <summary>Takes back one's own request, while it is pending or approved and not activated.</summary>
    public async Task<Outcome<AccessRequest>> WithdrawAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var withdrawn = await db.AccessRequests
            .Where(row => row.Id == id && row.RequesterId == caller.UserId && row.GrantId == null && row.ExpiresAt > now
                && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Withdrawn), cancellationToken);
        var found = await FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out _))
            return found;
        if (request.RequesterId != caller.UserId)
            return new Refusal.Forbidden("Only its requester can withdraw a request.");
        if (withdrawn == 0)
            return new Refusal.Conflict(request.GrantId is null ? $"The request is {request.StateAt(now).ToString().ToLowerInvariant()}." : "The request was activated; end its grant instead.");

        audit.Add(AuditEvents.RequestWithdrawn, caller.Name, concerns: caller.Name, accessRequestId: id, cluster: request.Cluster);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return request;
    }

    /// <summary>Withdraws what a user has open, in the caller's transaction: somebody else does it for them.</summary>
    public async Task WithdrawAllAsync(User user, string actor, string why, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = db.AccessRequests.Where(row => row.RequesterId == user.Id && row.GrantId == null && row.ExpiresAt > now && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved));
        foreach (var request in await open.Select(row => new { row.Id, row.Cluster }).ToListAsync(cancellationToken))
        {
            if (await open.Where(row => row.Id == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Withdrawn), cancellationToken) == 1)
                audit.Add(AuditEvents.RequestWithdrawn, actor, concerns: user.Name, accessRequestId: request.Id, cluster: request.Cluster, details: ("why", why));
        }
    }

    /// <summary>Newest first: one's own, those one may review, or (for neither) all that one may see.</summary>
    public async Task<(IReadOnlyList<AccessRequest> Items, Cursor? Next)> ListAsync(Caller caller, RequestFilter filter, int take, Cursor? after, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var query = db.AccessRequests.AsNoTracking().Include(row => row.Reviews).Include(row => row.AfterReview).OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id).AsQueryable();
        if (after is { } cursor)
            query = query.Where(row => row.CreatedAt < cursor.At || (row.CreatedAt == cursor.At && string.Compare(row.Id, cursor.Id) < 0));
        query = filter.Role switch
        {
            RequestRole.Requester => query.Where(row => row.RequesterId == caller.UserId),
            RequestRole.Reviewer => query.Where(row => row.RequesterId != caller.UserId),
            _ => query,
        };
        if (filter.State is { } state && state != AccessRequestState.Expired)
            query = query.Where(row => row.State == state);
        if (filter.Cluster is { } cluster)
            query = query.Where(row => row.Cluster == cluster);

        var items = new List<AccessRequest>();
        await foreach (var request in query.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var wanted = filter.Role == RequestRole.Reviewer ? request.MayBeReviewedBy(caller, now) : request.IsVisibleTo(caller, now);
            if (!wanted || (filter.State is { } only && request.StateAt(now) != only) || (filter.ToReview && !request.WaitsFor(caller, now)) || !filter.Matches(request))
                continue;
            if (items.Count == take)
                return (items, new Cursor(items[^1].CreatedAt, items[^1].Id));
            items.Add(request);
        }

        return (items, null);
    }

    /// <summary>Every break-glass that waits for this person's review, the first due first; however old.</summary>
    public async Task<IReadOnlyList<AccessRequest>> BrokenGlassForAsync(Caller caller, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.AccessRequests.AsNoTracking().Include(row => row.AfterReview)
            .Where(row => row.AfterReview != null && row.AfterReview.Verdict == null).OrderBy(row => row.AfterReview!.DueAt).ToListAsync(cancellationToken);
        return [.. open.Where(request => request.MayBeReviewedAfterBy(caller, now))];
    }

    /// <summary>Ends what nobody decided or activated in time; several gateways at once end each only once.</summary>
    public async Task ExpireDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await db.AccessRequests.AsNoTracking()
            .Where(row => row.ExpiresAt <= now && row.GrantId == null && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved))
            .Select(row => new { row.Id, row.Subject, row.Cluster })
            .ToListAsync(cancellationToken);
        foreach (var request in due)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var expired = await db.AccessRequests
                .Where(row => row.Id == request.Id && row.ExpiresAt <= now && row.GrantId == null && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Expired), cancellationToken);
            if (expired == 0)
                continue;
            audit.Add(AuditEvents.RequestExpired, AuditEvents.Gateway, concerns: request.Subject, accessRequestId: request.Id, cluster: request.Cluster);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Ends what would have extended a grant that has ended, in the caller's transaction.</summary>
    public async Task ExpireExtensionsAsync(string grantId, CancellationToken cancellationToken)
    {
        var open = db.AccessRequests.Where(row => row.ExtendsGrantId == grantId && row.GrantId == null && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved));
        foreach (var request in await open.Select(row => new { row.Id, row.Subject, row.Cluster }).ToListAsync(cancellationToken))
        {
            if (await open.Where(row => row.Id == request.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Expired), cancellationToken) == 1)
                audit.Add(AuditEvents.RequestExpired, AuditEvents.Gateway, concerns: request.Subject, accessRequestId: request.Id, cluster: request.Cluster, details: ("why", "the grant has ended"));
        }
    }

    /// <summary>Adds the event of a submission to the unit of work that saves it.</summary>
    public void Note(AccessRequest request) => audit.Add(
        AuditEvents.RequestSubmitted, request.Subject, request.Subject, request.Id, request.ExtendsGrantId, request.Cluster,
        ("role", request.Role), ("clusterRole", OrNull(request.ClusterRole)), ("namespacedRole", OrNull(request.NamespacedRole)), ("rules", OrNull(request.RoleRules)), ("namespaces", request.Namespaces.Count == 0 ? null : string.Join(",", request.Namespaces)),
        ("duration", DurationText.Format(request.Duration)), ("reason", request.Reason), ("ticket", request.Ticket), ("extendsTo", request.ExtendsTo?.ToString("O")),
        ("risk", request.Risk.ToString().ToLowerInvariant()), ("digest", request.Digest()), ("rulesDigest", request.RulesDigest), ("policyDigest", request.PolicyDigest));

    private async Task<Outcome<AccessRequest>> SaveAsync(AccessRequest request, bool automatic, CancellationToken cancellationToken)
    {
        db.AccessRequests.Add(request);
        Note(request);
        if (automatic)
            audit.Add(AuditEvents.RequestApproved, AuditEvents.Gateway, request.Subject, request.Id, grantId: null, request.Cluster, ("by", "policy"));
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
        earlier.Cluster == asked.Cluster && earlier.Role == asked.Role && earlier.Reason == asked.Reason?.Trim() && earlier.Ticket == asked.Ticket?.Trim() && earlier.StartsAt == asked.StartsAt && earlier.AfterReview is not null == (asked.BreakGlass == true)
        && (asked.Duration is null || (DurationText.TryParse(asked.Duration, out var duration) && duration == earlier.Duration))
        && earlier.Namespaces.SequenceEqual((asked.Namespaces ?? []).Distinct(StringComparer.Ordinal))
            ? earlier
            : new Refusal.Invalid("This Idempotency-Key came with another request before.", new Dictionary<string, string[]>(), ProblemCodes.IdempotencyKeyReused);
}
