namespace AccessGateway.AccessRequests;

using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.BlastRadius;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Submitting, withdrawing and showing access requests.</summary>
internal sealed class AccessRequests(GatewayDbContext db, GatewayDocuments documents, BlastRadii radii, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such access request.");

    /// <summary>Records a request and decides it at once where no approval is needed.</summary>
    /// <param name="idempotencyKey">At most 100 characters; the same key again returns the first result.</param>
    public async Task<Outcome<AccessRequest>> SubmitAsync(Caller caller, SubmitAccessRequest asked, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (AccessRequestChecks.Problem(asked, idempotencyKey, clock.GetUtcNow()) is { } problem)
            return problem;
        if (idempotencyKey is not null && await FindByKeyAsync(caller, idempotencyKey, cancellationToken) is { } earlier)
            return SameAs(earlier, asked);

        var facts = FactsOf(caller, asked);
        facts = facts with { Risk = await RiskAsync(facts, cancellationToken) };
        switch (Decide(facts))
        {
            case Decision.Denied denied:
                return RefusalOf(denied);
            case Decision.Automatic automatic:
                return await SaveAsync(NewRequest(caller, asked, automatic.Offer, automatic.Duration, facts.Risk, idempotencyKey), automatic: true, cancellationToken);
            case Decision.NeedsApproval needed:
                return await SaveAsync(NewRequest(caller, asked, needed.Offer, needed.Duration, facts.Risk, idempotencyKey), automatic: false, cancellationToken);
            default:
                return new Refusal.Forbidden("Policy gave no answer.", ProblemCodes.NotOffered);
        }
    }

    /// <summary>The configuration under which this operation decides.</summary>
    public string PolicyDigest => documents.Digest;

    /// <summary>What policy says now to a request made earlier.</summary>
    public Decision Redecide(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from) => Decide(new RequestFacts(
        ClusterFacts(request.Cluster), caller.Facts, request.Role, request.Namespaces, duration, request.Reason, from) { Risk = request.Risk });

    public static Refusal RefusalOf(Decision.Denied denied) => denied.NotOffered
        ? new Refusal.Forbidden(denied.Reason, ProblemCodes.NotOffered)
        : new Refusal.Invalid(JsonNamingPolicy.CamelCase.ConvertName(denied.Field), denied.Reason);

    public async Task<Outcome<AccessRequest>> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var request = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        return request is not null && request.IsVisibleTo(caller) ? request : Unknown;
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
        var query = db.AccessRequests.AsNoTracking().Include(row => row.Reviews).OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id).AsQueryable();
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

        var items = new List<AccessRequest>();
        await foreach (var request in query.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var wanted = filter.Role == RequestRole.Reviewer ? request.MayBeReviewedBy(caller) : request.IsVisibleTo(caller);
            if (!wanted || (filter.State is { } only && request.StateAt(now) != only))
                continue;
            if (items.Count == take)
                return (items, new Cursor(items[^1].CreatedAt, items[^1].Id));
            items.Add(request);
        }

        return (items, null);
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

    /// <summary>What the role leads to on the live cluster. Not looked at where policy says no anyway: whoever is offered nothing
    /// makes the gateway ask no cluster.</summary>
    private async Task<RiskLevel> RiskAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        if (RoleOffer.Merge(documents.Policies, facts.Cluster, facts.Requester, facts.Role) is not { } offer || Decide(facts with { Risk = RiskLevel.Low }) is Decision.Denied)
            return RiskLevel.Unknown;
        return (await radii.OfAsync(facts.Cluster.Name, offer.Target, offer.Scope, facts.Namespaces, cancellationToken)).Risk;
    }

    private Decision Decide(RequestFacts facts) => AccessPolicy.Decide(documents.Policies, facts);

    private RequestFacts FactsOf(Caller caller, SubmitAccessRequest asked)
    {
        TimeSpan? duration = DurationText.TryParse(asked.Duration, out var parsed) ? parsed : null;
        return new RequestFacts(ClusterFacts(asked.Cluster), caller.Facts, asked.Role, asked.Namespaces ?? [], duration, asked.Reason, asked.StartsAt ?? clock.GetUtcNow());
    }

    /// <summary>An unknown cluster has no labels and no policy names it: nothing is offered on it.</summary>
    private ClusterFacts ClusterFacts(string name) =>
        documents.Cluster(name)?.Facts ?? new ClusterFacts("", new Dictionary<string, string>());

    private AccessRequest NewRequest(Caller caller, SubmitAccessRequest asked, RoleOffer offer, TimeSpan duration, RiskLevel risk, string? idempotencyKey)
    {
        var now = clock.GetUtcNow();
        var from = asked.StartsAt is { } start && start > now ? start : now;
        return new AccessRequest
        {
            Id = Identifier.New("ar"),
            RequesterId = caller.UserId,
            Subject = caller.Name,
            Cluster = asked.Cluster,
            Role = offer.Role,
            ClusterRole = offer.Target.ClusterRole,
            NamespacedRole = offer.Target.NamespacedRole,
            RoleRules = offer.Target.RulesText,
            Scope = offer.Scope,
            Namespaces = [.. (asked.Namespaces ?? []).Distinct(StringComparer.Ordinal)],
            Duration = duration,
            Reason = asked.Reason?.Trim(),
            Ticket = asked.Ticket?.Trim(),
            StartsAt = asked.StartsAt,
            CreatedAt = now,
            ExpiresAt = from + offer.PendingLifetime,
            State = offer.Approval.Count == 0 ? AccessRequestState.Approved : AccessRequestState.Pending,
            ApprovalRules = JsonSerializer.Serialize(offer.Approval),
            PendingLifetime = offer.PendingLifetime,
            MfaMaxAge = offer.MfaMaxAge,
            MfaFactors = [.. offer.MfaFactors],
            Privileged = offer.Privileged,
            PolicyDigest = documents.Digest,
            Risk = risk,
            IdempotencyKey = idempotencyKey,
        };
    }

    private async Task<Outcome<AccessRequest>> SaveAsync(AccessRequest request, bool automatic, CancellationToken cancellationToken)
    {
        db.AccessRequests.Add(request);
        audit.Add(
            AuditEvents.RequestSubmitted, request.Subject, request.Subject, request.Id, grantId: null, request.Cluster,
            ("role", request.Role), ("clusterRole", OrNull(request.ClusterRole)), ("namespacedRole", OrNull(request.NamespacedRole)), ("rules", OrNull(request.RoleRules)), ("namespaces", request.Namespaces.Count == 0 ? null : string.Join(",", request.Namespaces)),
            ("duration", DurationText.Format(request.Duration)), ("reason", request.Reason), ("ticket", request.Ticket),
            ("risk", request.Risk.ToString().ToLowerInvariant()), ("digest", request.Digest()), ("policyDigest", request.PolicyDigest));
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
            return await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).SingleAsync(row => row.RequesterId == request.RequesterId && row.IdempotencyKey == key, cancellationToken);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private Task<AccessRequest?> FindByKeyAsync(Caller caller, string key, CancellationToken cancellationToken) => db.AccessRequests.AsNoTracking()
        .Include(row => row.Reviews)
        .SingleOrDefaultAsync(row => row.RequesterId == caller.UserId && row.IdempotencyKey == key, cancellationToken);

    private static Outcome<AccessRequest> SameAs(AccessRequest earlier, SubmitAccessRequest asked) =>
        earlier.Cluster == asked.Cluster && earlier.Role == asked.Role && earlier.Reason == asked.Reason?.Trim() && earlier.Ticket == asked.Ticket?.Trim() && earlier.StartsAt == asked.StartsAt
        && (asked.Duration is null || (DurationText.TryParse(asked.Duration, out var duration) && duration == earlier.Duration))
        && earlier.Namespaces.SequenceEqual((asked.Namespaces ?? []).Distinct(StringComparer.Ordinal))
            ? earlier
            : new Refusal.Invalid("This Idempotency-Key came with another request before.", new Dictionary<string, string[]>(), ProblemCodes.IdempotencyKeyReused);
}
