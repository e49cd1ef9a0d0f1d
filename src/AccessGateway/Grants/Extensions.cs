namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>A later end for an active grant: at once where policy approves the whole time by itself, else by a request that its
/// reviewers approve and its holder then activates. Of a request for several clusters each grant is extended by itself, under the
/// policies of its own cluster.</summary>
internal sealed class Extensions(
    AccessRequests requests, Decisions decisions, Grants grants, RoleBond bond, ExtensionRequests extensionRequests, LaterEnds ends, TimeProvider clock)
{
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
        var (decision, facts) = await decisions.DecideExtensionAsync(request, grant.Cluster, caller, grant.NotAfter + more - grant.NotBefore, cancellationToken);
        return decision switch
        {
            Decision.Denied denied => Decisions.RefusalOf(denied),
            Decision.Automatic { Offer: var offer } when !offer.Covers(grant.Target, grant.Namespaces) => AnotherRole(grant),
            Decision.NeedsApproval { Offer: var offer } when !offer.Covers(grant.Target, grant.Namespaces) => AnotherRole(grant),
            Decision.Automatic => await ends.MoveAtOnceAsync(caller, grant, grant.NotAfter + more, proof, request.StepUp, cancellationToken),
            Decision.NeedsApproval needed => await extensionRequests.AskAsync(caller, grant, request, (facts, needed.Offer), more, asked.Reason?.Trim(), cancellationToken),
            _ => Decisions.NoAnswer,
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
        if (request.ActivatedAt is not null)
            return new Refusal.Conflict("The extension was activated already.");
        if (request.StateAt(now) is var state && state != AccessRequestState.Approved)
            return new Refusal.Conflict($"The request is {state.ToString().ToLowerInvariant()}.");
        var grant = await grants.ReadAsync(grantId, cancellationToken);
        if (!grant.IsActiveAt(now))
            return grant.Over(now);
        if (PolicyNow.Problem((await decisions.RedecideAsync(request, caller, end - grant.NotBefore, now, cancellationToken)).Decision, request) is { } changed)
            return new Refusal.Forbidden($"Policy does not allow this any more: {changed}", ProblemCodes.NotOffered);
        if ((await bond.CheckAsync(request, cancellationToken)).Refusal is { } broken)
            return broken;

        return await ends.ActivateAsync(caller, request, grant, end, proof, cancellationToken);
    }

    private static Refusal.Forbidden AnotherRole(Grant grant) => new($"'{grant.Role}' is another role now. Submit a new request.", ProblemCodes.NotOffered);

    private static Refusal.Invalid? Problem(ExtendGrant asked) =>
        !DurationText.TryParse(asked.Duration, out _) ? new Refusal.Invalid("duration", "must be a duration such as 30m.")
        : asked.Reason?.Length > AccessRequestChecks.MaxReason || asked.Reason?.Contains('\0', StringComparison.Ordinal) == true ? new Refusal.Invalid("reason", $"must have at most {AccessRequestChecks.MaxReason} characters.")
        : null;
}
