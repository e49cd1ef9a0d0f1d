namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

internal static class StepUpEndpoints
{
    public static void MapStepUp(this RouteGroupBuilder api)
    {
        api.MapGet("/me", (Caller caller) => TypedResults.Ok(new Me(caller.Name, caller.GroupNames, caller.IsAdministrator))).WithTags("Sign-in");
        api.MapPost("/step-up", ProveAsync).WithTags("Sign-in");
    }

    private static async Task<Results<Ok<StepUpResponse>, ProblemHttpResult>> ProveAsync(
        StepUpRequest asked, Caller caller, StepUps stepUps, CancellationToken cancellationToken)
    {
        var outcome = await stepUps.ProveAsync(caller, asked, cancellationToken);
        return outcome.Is(out var proof, out var refusal) ? TypedResults.Ok(proof) : ProblemResults.Of(refusal);
    }
}
