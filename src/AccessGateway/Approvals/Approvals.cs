namespace AccessGateway.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Reviews of access requests: by those whom policy names, never one's own, each reviewer once.</summary>
internal sealed class Approvals(GatewayDbContext db, AccessRequests requests, StepUps stepUps, AuditLog audit, TimeProvider clock)
{
    public const int MaxComment = 500;

    /// <summary>Records a verdict and, where it settles the request, the request's new state, in one transaction.</summary>
    /// <param name="proof">A step-up proof for <c>review:{id}</c>.</param>
    public async Task<Outcome<AccessRequest>> ReviewAsync(Caller caller, string id, SubmitReview given, string? proof, CancellationToken cancellationToken)
    {
        if (given.Comment?.Length > MaxComment || given.Comment?.Contains('\0', StringComparison.Ordinal) == true)
            return new Refusal.Invalid("comment", $"must have at most {MaxComment} characters.");
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out _))
            return found;
        var identity = await requests.IdentityOfAsync(caller, cancellationToken);
        if (ReviewProblem(request, caller, identity, given) is { } problem)
            return problem;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Review(id), proof, request.StepUp, cancellationToken) is { } stepUp)
            return stepUp;

        // Takes the row's lock: of two reviewers at once the second waits here, and then counts the first one's verdict too (I7).
        var now = clock.GetUtcNow();
        var open = await db.AccessRequests.Where(row => row.Id == id && row.State == AccessRequestState.Pending && row.Round == request.Round && row.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, AccessRequestState.Pending), cancellationToken);
        if (open == 0)
            return new Refusal.Conflict("The request was decided or ran out in the meantime.");
        var reviews = await db.Reviews.AsNoTracking().Where(review => review.AccessRequestId == id && review.Round == request.Round).ToListAsync(cancellationToken);
        if (reviews.Exists(review => IsBy(review, caller, identity)))
            return AlreadyReviewed;

        var added = Record(request, caller, identity, given, now);
        await SettleAsync(request, [.. reviews, added], caller, now, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return await requests.FindAsync(caller, id, cancellationToken);
    }

    private static Refusal AlreadyReviewed => new Refusal.Conflict("You have reviewed this request already.", ProblemCodes.AlreadyReviewed);

    /// <summary>By the account, its name, or the person at the provider behind it.</summary>
    private static bool IsBy(Review review, Caller caller, string? identity) => review.IsBy(caller) || (identity is not null && review.ReviewerIdentity == identity);

    private Refusal? ReviewProblem(AccessRequest request, Caller caller, string? identity, SubmitReview given)
    {
        var now = clock.GetUtcNow();
        var state = request.StateAt(now);
        return request.IsOwn(caller) || (identity is not null && identity == request.RequesterIdentity) ? new Refusal.Forbidden("You cannot review your own request.", ProblemCodes.OwnRequest)
            : !request.MayBeReviewedBy(caller, now) ? new Refusal.Forbidden("Policy does not name you as a reviewer of this request.")
            : request.CurrentReviews.Any(review => IsBy(review, caller, identity)) ? AlreadyReviewed
            : state != AccessRequestState.Pending ? new Refusal.Conflict($"The request is {state.ToString().ToLowerInvariant()}.")
            : given.Digest is { } digest && digest != request.Digest() ? new Refusal.Conflict("This is not the request that was shown. Look at it again.")
            : null;
    }

    private Review Record(AccessRequest request, Caller caller, string? identity, SubmitReview given, DateTimeOffset now)
    {
        var review = new Review
        {
            AccessRequestId = request.Id,
            Round = request.Round,
            ReviewerId = caller.UserId,
            ReviewerIdentity = identity,
            Reviewer = caller.Name,
            ReviewerGroups = [.. caller.GroupNames],
            Verdict = given.Verdict,
            Comment = given.Comment?.Trim(),
            At = now,
        };
        db.Reviews.Add(review);
        audit.Add(
            AuditEvents.RequestReviewed, caller.Name, request.Subject, request.Id, grantId: null, request.ClusterList,
            ("verdict", given.Verdict.ToString().ToLowerInvariant()), ("comment", review.Comment), ("digest", request.Digest()));
        return review;
    }

    private async Task SettleAsync(AccessRequest request, IReadOnlyCollection<Review> reviews, Caller caller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var state = Quorum.Of(request.Rules, reviews, request.ReviewsSince);
        if (state == AccessRequestState.Pending)
            return;
        var from = request.StartsAt is { } start && start > now ? start : now;
        var expiresAt = state == AccessRequestState.Approved && request.Kind == AccessRequestKind.Access ? from + request.PendingLifetime : request.ExpiresAt;
        await db.AccessRequests.Where(row => row.Id == request.Id && row.State == AccessRequestState.Pending)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, state).SetProperty(row => row.ExpiresAt, expiresAt), cancellationToken);
        audit.Add(
            state == AccessRequestState.Approved ? AuditEvents.RequestApproved : AuditEvents.RequestDenied,
            caller.Name, request.Subject, request.Id, grantId: null, request.ClusterList, ("digest", request.Digest()));
    }
}
