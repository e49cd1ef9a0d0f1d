namespace AccessGateway.Testing;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The steps from a request to a grant, one call each.</summary>
internal static class Workflow
{
    public static Task<Outcome<AccessRequest>> TrySubmitAsync(this TestGateway gateway, TestUser user, SubmitAccessRequest asked, string? key = null) =>
        gateway.WithAsync<Submissions, Outcome<AccessRequest>>(submissions => submissions.SubmitAsync(user.Caller, asked, key, default));

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

    public static Task<Outcome<List<Grant>>> TryActivateAllAsync(this TestGateway gateway, TestUser user, string requestId, string? proof) =>
        gateway.WithAsync<Activations, Outcome<List<Grant>>>(activations => activations.ActivateAsync(user.Caller, requestId, proof, default));

    public static async Task<List<Grant>> ActivateAllAsync(this TestGateway gateway, TestUser user, string requestId) =>
        TestGateway.Value(await gateway.TryActivateAllAsync(user, requestId, await gateway.ProveAsync(user, StepUpActions.Activate(requestId))));

    /// <summary>Of a request for one cluster.</summary>
    public static async Task<Outcome<Grant>> TryActivateAsync(this TestGateway gateway, TestUser user, string requestId, string? proof) =>
        (await gateway.TryActivateAllAsync(user, requestId, proof)).Is(out var grants, out var refusal) ? grants.Single() : refusal;

    public static async Task<Grant> ActivateAsync(this TestGateway gateway, TestUser user, string requestId) =>
        TestGateway.Value(await gateway.TryActivateAsync(user, requestId, await gateway.ProveAsync(user, StepUpActions.Activate(requestId))));

    public static Task<Outcome<Extension>> TryExtendAsync(this TestGateway gateway, TestUser user, string grantId, string by, string? proof) =>
        gateway.WithAsync<Extensions, Outcome<Extension>>(extensions => extensions.ExtendAsync(user.Caller, grantId, new ExtendGrant { Duration = by }, proof, default));

    /// <summary>Asks for more time where reviewers decide; returns the request.</summary>
    public static async Task<AccessRequest> AskForMoreAsync(this TestGateway gateway, TestUser user, string grantId, string by) =>
        ((Extension.Asked)TestGateway.Value(await gateway.TryExtendAsync(user, grantId, by, proof: null))).Request;

    /// <summary>Activates an approved extension.</summary>
    public static Task<Outcome<Grant>> TryActivateExtensionAsync(this TestGateway gateway, TestUser user, string requestId, string? proof) => gateway.InScopeAsync(async services =>
    {
        var request = TestGateway.Value(await services.GetRequiredService<AccessRequests>().FindAsync(user.Caller, requestId, default));
        return await services.GetRequiredService<Extensions>().ActivateAsync(user.Caller, request, proof, default);
    });

    public static Task<Outcome<AccessRequest>> TryBreakGlassAsync(this TestGateway gateway, TestUser user, SubmitAccessRequest asked, string? proof) =>
        gateway.WithAsync<IBreakGlass, Outcome<AccessRequest>>(glass => glass.UseAsync(user.Caller, asked, idempotencyKey: null, proof, default));

    public static async Task<AccessRequest> BreakGlassAsync(this TestGateway gateway, TestUser user, string role = "admin") => TestGateway.Value(await gateway.TryBreakGlassAsync(
        user, Asked(role) with { Reason = "everything is on fire", BreakGlass = true }, await gateway.ProveAsync(user, StepUpActions.BreakGlass(TestGateway.Cluster, role))));

    public static async Task<Outcome<AccessRequest>> ReviewAfterAsync(this TestGateway gateway, TestUser reviewer, string id, AfterVerdict verdict = AfterVerdict.Justified, string? comment = "seen")
    {
        var proof = await gateway.ProveAsync(reviewer, StepUpActions.Review(id));
        return await gateway.WithAsync<AfterReviews, Outcome<AccessRequest>>(reviews => reviews.ReviewAsync(reviewer.Caller, id, new SubmitAfterReview { Verdict = verdict, Comment = comment }, proof, default));
    }

    public static Task<Outcome<AccessRequest>> FindAsync(this TestGateway gateway, TestUser user, string id) =>
        gateway.WithAsync<AccessRequests, Outcome<AccessRequest>>(requests => requests.FindAsync(user.Caller, id, default));

    public static Task<Outcome<AccessRequest>> WithdrawAsync(this TestGateway gateway, TestUser user, string id) =>
        gateway.WithAsync<RequestEnds, Outcome<AccessRequest>>(ends => ends.WithdrawAsync(user.Caller, id, default));

    /// <summary>One pass of everything that is written down when its time comes.</summary>
    public static Task PassAsync(this TestGateway gateway) => gateway.InScopeAsync(async services =>
    {
        await services.GetRequiredService<RequestEnds>().ExpireDueAsync(default);
        await services.GetRequiredService<GrantExpiry>().ExpireDueAsync(default);
        await services.GetRequiredService<Reminders>().RunAsync(default);
        await services.GetRequiredService<AfterReviews>().NoteOverdueAsync(default);
        return 0;
    });

    /// <summary>The types of the events of one request, in order.</summary>
    public static async Task<List<string>> EventsOfAsync(this TestGateway gateway, string requestId) =>
        [.. (await gateway.AuditAsync()).Where(row => row.AccessRequestId == requestId).Select(row => row.Type)];

    /// <summary>A grant of an automatically approved role.</summary>
    public static async Task<Grant> GrantAsync(this TestGateway gateway, TestUser user, string duration = "10m") =>
        await gateway.ActivateAsync(user, (await gateway.SubmitAsync(user, duration: duration)).Id);
}
