namespace AccessGateway.AccessRequests;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>The conversation on a request: its requester, its reviewers and administrators write, whoever may see the request reads.</summary>
internal sealed class RequestComments(GatewayDbContext db, AccessRequests requests, AuditLog audit, TimeProvider clock)
{
    public const int MaxText = 500;

    /// <summary>So many on one request: it is no chat.</summary>
    public const int Most = 100;

    /// <summary>Oldest first; all of them.</summary>
    public async Task<Outcome<List<RequestComment>>> ListAsync(Caller caller, string requestId, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, requestId, cancellationToken);
        if (!found.Is(out _, out var unknown))
            return unknown;
        return await db.RequestComments.AsNoTracking().Where(comment => comment.AccessRequestId == requestId)
            .OrderBy(comment => comment.At).ThenBy(comment => comment.Id).ToListAsync(cancellationToken);
    }

    public async Task<Outcome<RequestComment>> AddAsync(Caller caller, string requestId, string text, CancellationToken cancellationToken)
    {
        var trimmed = text.Trim();
        if (trimmed.Length is 0 or > MaxText || trimmed.Contains('\0', StringComparison.Ordinal))
            return new Refusal.Invalid("text", $"must have 1 to {MaxText} characters.");
        var found = await requests.FindAsync(caller, requestId, cancellationToken);
        if (!found.Is(out var request, out var unknown))
            return unknown;
        if (!caller.IsAdministrator && !request.IsOwn(caller) && !request.MayBeReviewedBy(caller, clock.GetUtcNow()))
            return new Refusal.Forbidden("The requester, the reviewers and administrators comment on a request.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var room = await db.AccessRequests.Where(row => row.Id == requestId && row.CommentCount < Most)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.CommentCount, row => row.CommentCount + 1), cancellationToken);
        if (room == 0)
            return new Refusal.Conflict($"There are {Most} comments on this request; there is room for no more.");
        var comment = new RequestComment
        {
            Id = Identifier.New("co"),
            AccessRequestId = requestId,
            AuthorId = caller.UserId,
            Author = caller.Name,
            Text = trimmed,
            At = clock.GetUtcNow(),
        };
        db.RequestComments.Add(comment);
        audit.Add(AuditEvents.RequestCommented, caller.Name, request.Subject, requestId, request.OnlyGrantId, request.ClusterList, ("comment", trimmed));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return comment;
    }
}
