namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>What an activation that may happen is made with.</summary>
/// <param name="Grants">Not saved yet.</param>
internal sealed record Activation(AccessRequest Request, List<Grant> Grants, string PolicyDigest, DateTimeOffset Now);

/// <summary>Whether a request may be activated now: its state, policy once more, what the role allows now, and for a machine that it is
/// there. What changes meanwhile the guarded write finds.</summary>
internal sealed class ActivationChecks(AccessRequests requests, Decisions decisions, RoleBond bond, MachineGrants machines, TimeProvider clock)
{
    public async Task<Outcome<Activation>> PassAsync(Caller caller, string requestId, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, requestId, cancellationToken);
        if (!found.Is(out var request, out var notFound))
            return notFound;
        var now = clock.GetUtcNow();
        if (Problem(request, caller, now) is { } problem)
            return problem;
        var (decision, facts) = await decisions.RedecideAsync(request, caller, request.Duration, now, cancellationToken);
        if (PolicyNow.Problem(decision, request) is { } changed)
            return new Refusal.Forbidden($"Policy does not allow this any more: {changed}", ProblemCodes.NotOffered);
        if (await machines.ProblemAsync(caller, cancellationToken) is { } nobody)
            return nobody;
        var held = await bond.CheckAsync(request, cancellationToken);
        if (held.Refusal is { } broken)
            return broken;
        // One instant for all: what was approved together begins and ends together.
        List<Grant> grants = [.. request.ClusterNames.Select(cluster => Grant.Of(request, cluster, held.RulesDigests[cluster], now, facts.Matches.GetValueOrDefault(cluster)))];
        return new Activation(request, grants, decisions.PolicyDigest, now);
    }

    /// <summary>Ties the grants to a machine's pod, in the caller's unit of work.</summary>
    public async Task TieAsync(Caller caller, IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        foreach (var grant in grants)
            await machines.TieAsync(grant, caller, cancellationToken);
    }

    private static Refusal? Problem(AccessRequest request, Caller caller, DateTimeOffset now)
    {
        if (request.RequesterId != caller.UserId)
            return new Refusal.Forbidden("Only its requester can activate a request.");
        if (request.Kind == AccessRequestKind.Extension)
            return new Refusal.Conflict("This request extends a grant and makes none.");
        if (request.ActivatedAt is not null)
            return new Refusal.Conflict($"The request was activated already, as {string.Join(", ", request.GrantIds)}.");
        var state = request.StateAt(now);
        if (state != AccessRequestState.Approved)
            return new Refusal.Conflict($"The request is {state.ToString().ToLowerInvariant()}.");
        return request.StartsAt is { } start && start > now ? new Refusal.Conflict($"The request cannot be activated before {start:O}.") : null;
    }
}
