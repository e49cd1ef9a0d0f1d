namespace AccessGateway.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>What must follow a break-glass: somebody else looks at it, once, and says whether it was justified.</summary>
internal sealed class AfterReviews(GatewayDbContext db, AccessRequests requests, StepUps stepUps, AuditLog audit, TimeProvider clock)
{
    /// <param name="proof">A step-up proof for <c>review:{id}</c>.</param>
    public async Task<Outcome<AccessRequest>> ReviewAsync(Caller caller, string id, SubmitAfterReview given, string? proof, CancellationToken cancellationToken)
    {
        if (CommentProblem(given) is { } wrong)
            return wrong;
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out _))
            return found;
        var identity = await requests.IdentityOfAsync(caller, cancellationToken);
        if (Problem(request, caller, identity) is { } problem)
            return problem;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Review(id), proof, request.StepUp, cancellationToken) is { } stepUp)
            return stepUp;
        var now = clock.GetUtcNow();
        var comment = given.Comment?.Trim() is { Length: > 0 } text ? text : null;
        var won = await db.AfterReviews.Where(row => row.AccessRequestId == id && row.Verdict == null).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.Verdict, given.Verdict).SetProperty(row => row.ReviewerId, caller.UserId).SetProperty(row => row.Reviewer, caller.Name)
                .SetProperty(row => row.Comment, comment).SetProperty(row => row.ReviewedAt, now),
            cancellationToken);
        if (won == 0)
            return Done;
        audit.Add(
            AuditEvents.BreakGlassReviewed, caller.Name, request.Subject, id, request.OnlyGrantId, request.ClusterList,
            ("verdict", given.Verdict == AfterVerdict.Justified ? "justified" : "not justified"), ("comment", comment), ("digest", request.Digest()));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await requests.FindAsync(caller, id, cancellationToken);
    }

    /// <summary>Writes down what nobody reviewed in time: each once, whichever replica comes first.</summary>
    public async Task NoteOverdueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var overdue = await db.AccessRequests.AsNoTracking().Include(row => row.AfterReview)
            .Where(row => row.AfterReview != null && row.AfterReview.Verdict == null && row.AfterReview.OverdueNotedAt == null && row.AfterReview.DueAt <= now)
            .ToListAsync(cancellationToken);
        foreach (var late in overdue)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (await db.AfterReviews.Where(row => row.AccessRequestId == late.Id && row.Verdict == null && row.OverdueNotedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.OverdueNotedAt, now), cancellationToken) == 0)
                continue;
            audit.Add(AuditEvents.BreakGlassOverdue, AuditEvents.Gateway, late.Subject, late.Id, late.OnlyGrantId, late.ClusterList, ("dueAt", late.AfterReview!.DueAt.ToString("O")));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static Refusal Done => new Refusal.Conflict("Somebody has reviewed it already.", ProblemCodes.AlreadyReviewed);

    /// <summary>What is wrong with the comment, before anything is spent on it.</summary>
    public static Refusal.Invalid? CommentProblem(SubmitAfterReview given) =>
        given.Comment?.Length > Approvals.MaxComment || given.Comment?.Contains('\0', StringComparison.Ordinal) == true ? new Refusal.Invalid("comment", $"must have at most {Approvals.MaxComment} characters.")
        : given.Verdict == AfterVerdict.NotJustified && string.IsNullOrWhiteSpace(given.Comment) ? new Refusal.Invalid("comment", "must say why it was not justified.")
        : null;

    private Refusal? Problem(AccessRequest request, Caller caller, string? identity) =>
        request.AfterReview is not { } review ? new Refusal.Conflict("Nobody broke the glass with this request.")
        : request.IsOwn(caller) || (identity is not null && identity == request.RequesterIdentity) ? new Refusal.Forbidden("You cannot review your own break-glass.", ProblemCodes.OwnRequest)
        : !request.MayBeReviewedAfterBy(caller, clock.GetUtcNow()) ? new Refusal.Forbidden("Administrators and the reviewers of the role review a break-glass.")
        : review.Verdict is not null ? Done
        : null;
}
