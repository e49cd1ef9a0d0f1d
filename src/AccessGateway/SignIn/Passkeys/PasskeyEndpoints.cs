namespace AccessGateway.SignIn;

using System.Text.Json;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>
/// Where the portal's script gets challenges. Asking changes nothing; the answers are posted with the pages' own forms, antiforgery
/// token included. JSON alone is read, so that no page of another origin can even ask.
/// </summary>
internal static class PasskeyEndpoints
{
    public const string SignInPath = "/passkeys/sign-in";
    public const string StepUpPath = "/passkeys/step-up";

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(SignInPath, AskForSignInAsync).ExcludeFromDescription();
        routes.MapPost(StepUpPath, AskForStepUpAsync).RequireAuthorization(SignInExtensions.PortalPolicy).ExcludeFromDescription();
    }

    private static async Task<Ok<PasskeyQuestionView>> AskForSignInAsync(AskForSignIn _, PasskeySignIns signIns) => TypedResults.Ok(View(await signIns.AskAsync()));

    private static async Task<Results<Ok<PasskeyQuestionView>, ProblemHttpResult>> AskForStepUpAsync(
        AskForStepUp asked, Caller caller, PasskeyStepUps stepUps, CancellationToken cancellationToken)
    {
        var outcome = await stepUps.AskAsync(caller, asked.Action, cancellationToken);
        return outcome.Is(out var question, out var refusal) ? TypedResults.Ok(View(question)) : ProblemResults.Of(refusal);
    }

    private static PasskeyQuestionView View(PasskeyQuestion question)
    {
        using var options = JsonDocument.Parse(question.Options);
        return new PasskeyQuestionView(question.Challenge, options.RootElement.Clone());
    }

    /// <summary>Nothing is asked; the body makes it JSON.</summary>
    internal sealed record AskForSignIn;

    internal sealed record AskForStepUp
    {
        public required string Action { get; init; }
    }

    internal sealed record PasskeyQuestionView(string Challenge, JsonElement Options);
}
