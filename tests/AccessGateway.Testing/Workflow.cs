namespace AccessGateway.Testing;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;

/// <summary>The steps from a request to a grant, one call each.</summary>
internal static class Workflow
{
    public static Task<Outcome<AccessRequest>> TrySubmitAsync(this TestGateway gateway, TestUser user, SubmitAccessRequest asked, string? key = null) =>
        gateway.WithAsync<AccessRequests, Outcome<AccessRequest>>(requests => requests.SubmitAsync(user.Caller, asked, key, default));

    public static async Task<AccessRequest> SubmitAsync(this TestGateway gateway, TestUser user, string role = "viewer", string? duration = "10m", params string[] namespaces) =>
        TestGateway.Value(await gateway.TrySubmitAsync(user, Asked(role, duration, namespaces)));

    public static SubmitAccessRequest Asked(string role = "viewer", string? duration = "10m", params string[] namespaces) => new()
    {
        Cluster = TestGateway.Cluster,
        Role = role,
        Duration = duration,
        Reason = "INC-1 disk full",
        Namespaces = namespaces.Length == 0 ? null : namespaces,
    };

    public static Task<Outcome<AccessRequest>> TryReviewAsync(this TestGateway gateway, TestUser reviewer, string id, string? proof, ReviewVerdict verdict = ReviewVerdict.Approve, string? digest = null) =>
        gateway.WithAsync<Approvals, Outcome<AccessRequest>>(approvals => approvals.ReviewAsync(reviewer.Caller, id, new SubmitReview { Verdict = verdict, Digest = digest }, proof, default));

    public static async Task<Outcome<AccessRequest>> ReviewAsync(this TestGateway gateway, TestUser reviewer, string id, ReviewVerdict verdict = ReviewVerdict.Approve) =>
        await gateway.TryReviewAsync(reviewer, id, await gateway.ProveAsync(reviewer, StepUpActions.Review(id)), verdict);

    public static Task<Outcome<Grant>> TryActivateAsync(this TestGateway gateway, TestUser user, string requestId, string? proof) =>
        gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.ActivateAsync(user.Caller, requestId, proof, default));

    public static async Task<Grant> ActivateAsync(this TestGateway gateway, TestUser user, string requestId) =>
        TestGateway.Value(await gateway.TryActivateAsync(user, requestId, await gateway.ProveAsync(user, StepUpActions.Activate(requestId))));

    /// <summary>A grant of an automatically approved role.</summary>
    public static async Task<Grant> GrantAsync(this TestGateway gateway, TestUser user, string duration = "10m") =>
        await gateway.ActivateAsync(user, (await gateway.SubmitAsync(user, duration: duration)).Id);
}
