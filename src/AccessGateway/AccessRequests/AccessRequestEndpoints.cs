namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

internal static class AccessRequestEndpoints
{
    public static void MapAccessRequests(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/access-requests").WithTags("Access requests");
        group.MapPost("/", SubmitAsync).AllowMachines();
        group.MapGet("/", ListAsync).AllowMachines();
        group.MapGet("/{id}", FindAsync).AllowMachines();
        group.MapGet("/{id}/blast-radius", BlastRadiusAsync).AllowMachines();
        group.MapPost("/{id}/withdraw", WithdrawAsync).AllowMachines();
        group.MapConversations();
    }

    private static async Task<Results<Created<AccessRequestView>, ProblemHttpResult>> SubmitAsync(
        SubmitAccessRequest asked, Caller caller, Submissions submissions, IBreakGlass glass, TimeProvider clock,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = asked.BreakGlass == true
            ? await glass.UseAsync(caller, asked, idempotencyKey, proof, cancellationToken)
            : await submissions.SubmitAsync(caller, asked, idempotencyKey, cancellationToken);
        return outcome.Is(out var request, out var refusal)
            ? TypedResults.Created($"/api/v1/access-requests/{request.Id}", request.ToView(caller, clock.GetUtcNow()))
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<Page<AccessRequestView>>, ProblemHttpResult>> ListAsync(
        string? state, string? role, string? cluster, string? text, bool? toReview, int? limit, string? cursor, Caller caller, AccessRequests requests, TimeProvider clock, CancellationToken cancellationToken)
    {
        var list = new ListQuery(limit, cursor);
        var problem = list.Problem() ?? ListQuery.TryState<AccessRequestState>(state, out _) ?? RoleProblem(role) ?? FilterProblem(cluster, text);
        if (problem is not null)
            return ProblemResults.Of(problem);
        ListQuery.TryState<AccessRequestState>(state, out var only);
        var filter = new RequestFilter(only, role switch { "requester" => RequestRole.Requester, "reviewer" => RequestRole.Reviewer, _ => RequestRole.Any })
        {
            Cluster = string.IsNullOrEmpty(cluster) ? null : cluster,
            Text = text,
            ToReview = toReview == true,
        };
        var (items, next) = await requests.ListAsync(caller, filter, list.Take, list.Position, cancellationToken);
        var now = clock.GetUtcNow();
        return TypedResults.Ok(new Page<AccessRequestView>([.. items.Select(request => request.ToView(caller, now))], next?.ToString()));
    }

    private static async Task<Results<Ok<AccessRequestView>, ProblemHttpResult>> FindAsync(
        string id, Caller caller, AccessRequests requests, TimeProvider clock, CancellationToken cancellationToken) =>
        Answer(await requests.FindAsync(caller, id, cancellationToken), caller, clock);

    private static async Task<Results<Ok<Page<BlastRadiusView>>, ProblemHttpResult>> BlastRadiusAsync(string id, Caller caller, RequestBlastRadii radii, CancellationToken cancellationToken)
    {
        var outcome = await radii.OfAsync(caller, id, cancellationToken);
        return outcome.Is(out var views, out var refusal) ? TypedResults.Ok(new Page<BlastRadiusView>(views, NextCursor: null)) : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<AccessRequestView>, ProblemHttpResult>> WithdrawAsync(
        string id, Caller caller, RequestEnds ends, TimeProvider clock, CancellationToken cancellationToken) =>
        Answer(await ends.WithdrawAsync(caller, id, cancellationToken), caller, clock);

    private static Results<Ok<AccessRequestView>, ProblemHttpResult> Answer(Outcome<AccessRequest> outcome, Caller caller, TimeProvider clock) =>
        outcome.Is(out var request, out var refusal) ? TypedResults.Ok(request.ToView(caller, clock.GetUtcNow())) : ProblemResults.Of(refusal);

    private static Refusal.Invalid? FilterProblem(string? cluster, string? text) =>
        cluster is { Length: > 0 } && Names.LabelProblem(cluster) is { } problem ? new Refusal.Invalid("cluster", problem)
        : text?.Length > RequestFilter.MaxText ? new Refusal.Invalid("text", $"must have at most {RequestFilter.MaxText} characters.")
        : null;

    private static Refusal.Invalid? RoleProblem(string? role) =>
        role is null or "" or "requester" or "reviewer" ? null : new Refusal.Invalid("role", "must be requester or reviewer.");
}
