namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Finding and listing access requests: each for those who may see it.</summary>
internal sealed class AccessRequests(GatewayDbContext db, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such access request.");

    public async Task<Outcome<AccessRequest>> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var request = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).Include(row => row.AfterReview).SingleOrDefaultAsync(row => row.Id == id, cancellationToken);
        return request is not null && request.IsVisibleTo(caller, clock.GetUtcNow()) ? request : Unknown;
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
            query = query.Where(row => row.Clusters.Any(each => each.Cluster == cluster));

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

    /// <summary>Who somebody is at their provider; null for those who sign in here.</summary>
    public async Task<string?> IdentityOfAsync(Caller caller, CancellationToken cancellationToken) => await db.ProviderIdentities.AsNoTracking()
        .Where(identity => identity.UserId == caller.UserId)
        .Select(identity => identity.Issuer + " " + identity.Subject)
        .SingleOrDefaultAsync(cancellationToken);
}
