namespace AccessGateway.Approvals;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

internal static class ApprovalEndpoints
{
    public static void MapApprovals(this RouteGroupBuilder api)
    {
        api.MapPost("/access-requests/{id}/reviews", ReviewAsync).WithTags("Access requests");
        api.MapPost("/access-requests/{id}/after-review", ReviewAfterAsync).WithTags("Access requests");
    }

    private static async Task<Results<Created<AccessRequestView>, ProblemHttpResult>> ReviewAfterAsync(
        string id, SubmitAfterReview given, Caller caller, AfterReviews reviews, TimeProvider clock,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await reviews.ReviewAsync(caller, id, given, proof, cancellationToken);
        return outcome.Is(out var request, out var refusal)
            ? TypedResults.Created($"/api/v1/access-requests/{request.Id}", request.ToView(caller, clock.GetUtcNow()))
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Created<AccessRequestView>, ProblemHttpResult>> ReviewAsync(
        string id, SubmitReview given, Caller caller, Approvals approvals, TimeProvider clock,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await approvals.ReviewAsync(caller, id, given, proof, cancellationToken);
        return outcome.Is(out var request, out var refusal)
            ? TypedResults.Created($"/api/v1/access-requests/{request.Id}", request.ToView(caller, clock.GetUtcNow()))
            : ProblemResults.Of(refusal);
    }
}
