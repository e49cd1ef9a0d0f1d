namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;

internal static class StepUpEndpoints
{
    /// <summary>The portal's page on which a person proves themselves for a plugin.</summary>
    public const string PagePath = "/step-up";

    private const int Interval = 2;

    public static void MapStepUp(this RouteGroupBuilder api)
    {
        api.MapGet("/me", (Caller caller) => TypedResults.Ok(new Me(caller.Name, caller.GroupNames, caller.IsAdministrator))).WithTags("Sign-in").AllowMachines();
        api.MapPost("/step-up", ProveAsync).WithTags("Sign-in");
        api.MapPost("/step-up/browser", StartAsync).WithTags("Sign-in");
        api.MapPost("/step-up/browser/{reference}/proof", TakeAsync).WithTags("Sign-in");
    }

    private static async Task<Results<Ok<StepUpResponse>, ProblemHttpResult>> ProveAsync(
        StepUpRequest asked, Caller caller, StepUps stepUps, CancellationToken cancellationToken)
    {
        var outcome = await stepUps.ProveAsync(caller, asked, cancellationToken);
        return outcome.Is(out var proof, out var refusal) ? TypedResults.Ok(proof) : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Created<BrowserStepUp>, ProblemHttpResult>> StartAsync(
        StartBrowserStepUp asked, Caller caller, StepUpPrompts prompts, HttpContext context, IOptions<GatewayOptions> gateway, CancellationToken cancellationToken)
    {
        var client = context.User.GetClaim(OpenIddictConstants.Claims.ClientId) ?? "unknown";
        var outcome = await prompts.StartAsync(caller, asked, client, ClientAddress.Of(context), cancellationToken);
        if (!outcome.Is(out var prompt, out var refusal))
            return ProblemResults.Of(refusal);
        var page = $"{gateway.Value.PublicUrl.TrimEnd('/')}{PagePath}?reference={prompt.Reference}";
        return TypedResults.Created($"/api/v1/step-up/browser/{prompt.Reference}", new BrowserStepUp(prompt.Reference, page, prompt.ExpiresAt, Interval));
    }

    private static async Task<Results<Ok<StepUpResponse>, ProblemHttpResult>> TakeAsync(
        string reference, Caller caller, StepUpPrompts prompts, CancellationToken cancellationToken)
    {
        var outcome = await prompts.TakeAsync(caller, reference, cancellationToken);
        return outcome.Is(out var proof, out var refusal) ? TypedResults.Ok(proof) : ProblemResults.Of(refusal);
    }
}
