namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>A later end for an active grant: at once where policy approves the whole time by itself, else by a request that its
/// reviewers approve and its holder then activates. Both move the end by one guarded write.</summary>
internal sealed class Extensions(GatewayDbContext db, AccessRequests requests, Grants grants, RoleBond bond, StepUps stepUps, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Meanwhile = new Refusal.Conflict("The grant ended or was extended in the meantime.");

    /// <param name="proof">A step-up proof for <c>extend:{id}</c>, where policy approves by itself.</param>
    public async Task<Outcome<Extension>> ExtendAsync(Caller caller, string grantId, ExtendGrant asked, string? proof, CancellationToken cancellationToken)
    {
        if (Problem(asked) is { } wrong)
            return wrong;
        var found = await grants.FindAsync(caller, grantId, cancellationToken);
        if (!found.Is(out var grant, out var unknown))
            return unknown;
        var now = clock.GetUtcNow();
        if (grant.HolderId != caller.UserId)
            return new Refusal.Forbidden("Only its holder can extend a grant.");
        if (!grant.IsActiveAt(now))
            return grant.Over(now);
        if (!(await requests.FindAsync(caller, grant.AccessRequestId, cancellationToken)).Is(out var request, out unknown))
            return unknown;
        if (request.AfterReview is not null)
            return new Refusal.Conflict("What was taken by breaking the glass is not extended. Submit a request.");
        _ = DurationText.TryParse(asked.Duration, out var more);
        var (decision, facts) = await requests.DecideExtensionAsync(request, caller, grant.NotAfter + more - grant.NotBefore, cancellationToken);
        return decision switch
        {
            Decision.Denied denied => AccessRequests.RefusalOf(denied),
            Decision.Automatic { Offer: var offer } when !offer.Covers(grant.Target, grant.Namespaces) => AnotherRole(grant),
            Decision.NeedsApproval { Offer: var offer } when !offer.Covers(grant.Target, grant.Namespaces) => AnotherRole(grant),
            Decision.Automatic => await MoveAtOnceAsync(caller, grant, grant.NotAfter + more, proof, request.StepUp, cancellationToken),
            Decision.NeedsApproval needed => await AskAsync(caller, grant, request, facts, needed.Offer, more, asked.Reason?.Trim(), cancellationToken),
            _ => new Refusal.Forbidden("Policy gave no answer.", ProblemCodes.NotOffered),
        };
    }

    /// <summary>Gives the grant the end that was approved, whatever it was extended by meanwhile: never beyond that instant.</summary>
    /// <param name="proof">A step-up proof for <c>activate:{id}</c>.</param>
    public async Task<Outcome<Grant>> ActivateAsync(Caller caller, AccessRequest request, string? proof, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (request is not { Kind: AccessRequestKind.Extension, ExtendsGrantId: { } grantId, ExtendsTo: { } end })
            return new Refusal.Conflict("This request extends no grant.");
        if (request.RequesterId != caller.UserId)
            return new Refusal.Forbidden("Only its requester can activate a request.");
        if (request.GrantId is not null)
            return new Refusal.Conflict("The extension was activated already.");
        if (request.StateAt(now) is var state && state != AccessRequestState.Approved)
            return new Refusal.Conflict($"The request is {state.ToString().ToLowerInvariant()}.");
        var grant = await grants.ReadAsync(grantId, cancellationToken);
        if (!grant.IsActiveAt(now))
            return grant.Over(now);
        if (PolicyNow.Problem(requests.Redecide(request, caller, end - grant.NotBefore, now), request) is { } changed)
            return new Refusal.Forbidden($"Policy does not allow this any more: {changed}", ProblemCodes.NotOffered);
        if ((await bond.CheckAsync(request, cancellationToken)).Refusal is { } broken)
            return broken;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Activate(request.Id), proof, request.StepUp, cancellationToken) is { } stepUp)
            return stepUp;
        var won = await db.AccessRequests
            .Where(row => row.Id == request.Id && row.State == AccessRequestState.Approved && row.GrantId == null && row.Round == request.Round)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.GrantId, grantId), cancellationToken);
        if (won == 0 || await MoveAsync(grant, end, now, cancellationToken) == 0)
            return Meanwhile;
        return await SaveAsync(caller, grant, end, request.Id, transaction, cancellationToken);
    }

    private static Refusal.Forbidden AnotherRole(Grant grant) => new($"'{grant.Role}' is another role now. Submit a new request.", ProblemCodes.NotOffered);

    private static Refusal.Invalid? Problem(ExtendGrant asked) =>
        !DurationText.TryParse(asked.Duration, out _) ? new Refusal.Invalid("duration", "must be a duration such as 30m.")
        : asked.Reason?.Length > AccessRequestChecks.MaxReason || asked.Reason?.Contains('\0', StringComparison.Ordinal) == true ? new Refusal.Invalid("reason", $"must have at most {AccessRequestChecks.MaxReason} characters.")
        : null;

    private async Task<Outcome<Extension>> MoveAtOnceAsync(Caller caller, Grant grant, DateTimeOffset end, string? proof, StepUpRequirement requirement, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.Extend(grant.Id), proof, requirement, cancellationToken) is { } stepUp)
            return stepUp;
        if (await MoveAsync(grant, end, clock.GetUtcNow(), cancellationToken) == 0)
            return Meanwhile;
        return new Extension.Moved(await SaveAsync(caller, grant, end, grant.AccessRequestId, transaction, cancellationToken));
    }

    private async Task<Outcome<Extension>> AskAsync(Caller caller, Grant grant, AccessRequest first, RequestFacts facts, RoleOffer offer, TimeSpan more, string? reason, CancellationToken cancellationToken)
    {
        var draft = await requests.DraftAsync(caller, facts, offer, more, cancellationToken);
        var request = draft.Extending(first, grant.Id, grant.NotAfter, string.IsNullOrEmpty(reason) ? first.Reason : reason);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Takes the grant's row: of two that ask at once the second sees the first one's request.
        if (await MoveAsync(grant, grant.NotAfter, draft.Now, cancellationToken, same: true) == 0)
            return Meanwhile;
        if (await db.AccessRequests.AnyAsync(
            row => row.ExtendsGrantId == grant.Id && row.GrantId == null && row.ExpiresAt > draft.Now && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved), cancellationToken))
            return new Refusal.Conflict("There is a request for more time on this grant already. Withdraw it first.");
        db.AccessRequests.Add(request);
        requests.Note(request);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return new Extension.Asked(request);
    }

    /// <summary>1 where the grant is still active, ends where it did, and would end later.</summary>
    private Task<int> MoveAsync(Grant grant, DateTimeOffset end, DateTimeOffset now, CancellationToken cancellationToken, bool same = false) => db.Grants
        .Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter == grant.NotAfter && row.NotAfter > now && (same || row.NotAfter < end))
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotAfter, end), cancellationToken);

    private async Task<Grant> SaveAsync(Caller caller, Grant grant, DateTimeOffset end, string requestId, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        audit.Add(AuditEvents.GrantExtended, caller.Name, grant.Subject, requestId, grant.Id, grant.Cluster, ("from", grant.NotAfter.ToString("O")), ("notAfter", end.ToString("O")), ("policyDigest", requests.PolicyDigest));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await grants.ReadAsync(grant.Id, cancellationToken);
    }
}
