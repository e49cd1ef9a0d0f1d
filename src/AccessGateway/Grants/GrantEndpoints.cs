namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.KubeCalls;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

internal static class GrantEndpoints
{
    public static void MapGrants(this RouteGroupBuilder api)
    {
        api.MapPost("/access-requests/{id}/activate", ActivateAsync).WithTags("Access requests").AllowMachines();
        var group = api.MapGroup("/grants").WithTags("Grants");
        group.MapGet("/", ListAsync).AllowMachines();
        group.MapGet("/{id}", FindAsync).AllowMachines();
        group.MapGet("/{id}/calls", CallsAsync).AllowMachines();
        group.MapPost("/{id}/extend", ExtendAsync).AllowMachines();
        group.MapPost("/{id}/relinquish", RelinquishAsync).AllowMachines();
        group.MapPost("/{id}/revoke", RevokeAsync);
    }

    private static async Task<Results<Created<Page<GrantView>>, ProblemHttpResult>> ActivateAsync(
        string id, Caller caller, AccessRequests requests, Activations activations, Extensions extensions, TimeProvider clock,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (found.Is(out var request, out var refusal) && request.Kind == AccessRequestKind.Extension)
            return (await extensions.ActivateAsync(caller, request, proof, cancellationToken)).Is(out var grant, out refusal) ? Made(id, [grant], clock) : ProblemResults.Of(refusal);
        return (await activations.ActivateAsync(caller, id, proof, cancellationToken)).Is(out var grants, out refusal) ? Made(id, grants, clock) : ProblemResults.Of(refusal);
    }

    private static Created<Page<GrantView>> Made(string requestId, List<Grant> grants, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return TypedResults.Created(
            grants is [var one] ? $"/api/v1/grants/{one.Id}" : $"/api/v1/access-requests/{requestId}",
            new Page<GrantView>([.. grants.Select(grant => grant.ToView(now))], NextCursor: null));
    }

    private static async Task<Results<Ok<Page<GrantView>>, ProblemHttpResult>> ListAsync(
        string? state, bool? all, int? limit, string? cursor, Caller caller, Grants grants, TimeProvider clock, CancellationToken cancellationToken)
    {
        var list = new ListQuery(limit, cursor);
        var problem = list.Problem() ?? ListQuery.TryState<GrantState>(state, out _);
        if (problem is not null)
            return ProblemResults.Of(problem);
        ListQuery.TryState<GrantState>(state, out var only);
        var (items, next) = await grants.ListAsync(caller, only, all == true, list.Take, list.Position, cancellationToken);
        var now = clock.GetUtcNow();
        return TypedResults.Ok(new Page<GrantView>([.. items.Select(grant => grant.ToView(now))], next?.ToString()));
    }

    private static async Task<Results<Ok<GrantView>, ProblemHttpResult>> FindAsync(
        string id, Caller caller, Grants grants, GrantDetails details, CancellationToken cancellationToken) =>
        await AnswerAsync(await grants.FindAsync(caller, id, cancellationToken), details, cancellationToken);

    private static async Task<Results<Ok<GrantView>, Accepted<AccessRequestView>, ProblemHttpResult>> ExtendAsync(
        string id, ExtendGrant asked, Caller caller, Extensions extensions, TimeProvider clock,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await extensions.ExtendAsync(caller, id, asked, proof, cancellationToken);
        if (!outcome.Is(out var extension, out var refusal))
            return ProblemResults.Of(refusal);
        var now = clock.GetUtcNow();
        return extension is Extension.Asked { Request: var request }
            ? TypedResults.Accepted($"/api/v1/access-requests/{request.Id}", request.ToView(caller, now))
            : TypedResults.Ok(((Extension.Moved)extension).Grant.ToView(now));
    }

    private static async Task<Results<Ok<GrantView>, ProblemHttpResult>> RelinquishAsync(
        string id, Caller caller, Grants grants, GrantDetails details, CancellationToken cancellationToken) =>
        await AnswerAsync(await grants.RelinquishAsync(caller, id, cancellationToken), details, cancellationToken);

    private static async Task<Results<Ok<GrantView>, ProblemHttpResult>> RevokeAsync(
        string id, Caller caller, Grants grants, GrantDetails details, CancellationToken cancellationToken) =>
        await AnswerAsync(await grants.RevokeAsync(caller, id, cancellationToken), details, cancellationToken);

    private static async Task<Results<Ok<Page<KubeCallView>>, ProblemHttpResult>> CallsAsync(
        string id, int? limit, Caller caller, Grants grants, KubeCalls calls, CancellationToken cancellationToken)
    {
        var list = new ListQuery(limit, Cursor: null);
        if (list.Problem() is { } problem)
            return ProblemResults.Of(problem);
        return (await grants.FindAsync(caller, id, cancellationToken)).Is(out var grant, out var refusal)
            ? TypedResults.Ok(new Page<KubeCallView>(await calls.LatestAsync(grant.Id, list.Take, cancellationToken), NextCursor: null))
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<GrantView>, ProblemHttpResult>> AnswerAsync(Outcome<Grant> outcome, GrantDetails details, CancellationToken cancellationToken) =>
        outcome.Is(out var grant, out var refusal) ? TypedResults.Ok(await details.ViewAsync(grant, cancellationToken)) : ProblemResults.Of(refusal);
}
