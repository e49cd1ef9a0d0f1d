namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

internal static class MachineEndpoints
{
    public static void MapMachines(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/machines").WithTags("Machines");
        group.MapGet("/", ListAsync);
        group.MapGet("/{name}", FindAsync);
        group.MapPost("/{name}/disable", DisableAsync);
        group.MapPost("/{name}/enable", EnableAsync);
    }

    private static async Task<Results<Ok<Page<MachineView>>, ProblemHttpResult>> ListAsync(
        int? limit, string? cursor, Caller caller, MachineDirectory machines, CancellationToken cancellationToken)
    {
        var list = new ListQuery(limit, cursor);
        if (list.Problem() is { } problem)
            return ProblemResults.Of(problem);
        if (!(await machines.ListAsync(caller, list.Take + 1, list.Position?.Id, cancellationToken)).Is(out var items, out var refusal))
            return ProblemResults.Of(refusal);
        var page = items.Take(list.Take).ToList();
        return TypedResults.Ok(new Page<MachineView>(page, items.Count > page.Count ? new Cursor(DateTimeOffset.MinValue, page[^1].Name).ToString() : null));
    }

    private static async Task<Results<Ok<MachineView>, ProblemHttpResult>> FindAsync(string name, Caller caller, MachineDirectory machines, CancellationToken cancellationToken) =>
        Answer(await machines.FindAsync(caller, name, cancellationToken));

    private static async Task<Results<Ok<MachineView>, ProblemHttpResult>> DisableAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, MachineDirectory machines, CancellationToken cancellationToken) =>
        Answer(await machines.SetDisabledAsync(caller, name, disabled: true, proof, cancellationToken));

    private static async Task<Results<Ok<MachineView>, ProblemHttpResult>> EnableAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, MachineDirectory machines, CancellationToken cancellationToken) =>
        Answer(await machines.SetDisabledAsync(caller, name, disabled: false, proof, cancellationToken));

    private static Results<Ok<MachineView>, ProblemHttpResult> Answer(Outcome<MachineView> outcome) =>
        outcome.Is(out var view, out var refusal) ? TypedResults.Ok(view) : ProblemResults.Of(refusal);
}
