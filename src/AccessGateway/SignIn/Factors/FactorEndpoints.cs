namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

internal static class FactorEndpoints
{
    /// <summary>What authenticators call us.</summary>
    public const string Issuer = "AccessGateway";

    public static void MapFactors(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/me").WithTags("Sign-in");
        group.MapGet("/factors", ListAsync);
        group.MapPost("/factors", AddAsync);
        group.MapPost("/factors/confirm", ConfirmAsync);
        group.MapPost("/factors/{id}/rename", RenameAsync);
        group.MapDelete("/factors/{id}", RemoveAsync);
        group.MapPost("/recovery-codes", ReplaceCodesAsync);
    }

    private static async Task<Ok<FactorList>> ListAsync(Caller caller, Factors factors, RecoveryCodes codes, CancellationToken cancellationToken) =>
        TypedResults.Ok(new FactorList(await factors.ListAsync(caller, cancellationToken), await codes.CountAsync(caller, cancellationToken)));

    private static async Task<Results<Created<TotpOfferView>, ProblemHttpResult>> AddAsync(
        AddFactor asked, Caller caller, TotpOffers offers, IOptions<GatewayOptions> gateway,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        if (asked.Kind != FactorKind.Totp)
            return ProblemResults.Of(new Refusal.Invalid("kind", $"must be totp: a passkey is made in a browser, at {gateway.Value.PublicUrl.TrimEnd('/')}/security."));
        var outcome = await offers.BeginAsync(caller, asked.Name, proof, cancellationToken);
        return outcome.Is(out var offer, out var refusal)
            ? TypedResults.Created("/api/v1/me/factors/confirm", new TotpOfferView(TotpCodes.Base32(offer.Secret), TotpCodes.Uri(offer.Secret, Issuer, caller.Name), offer.ExpiresAt))
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Created<FactorView>, ProblemHttpResult>> ConfirmAsync(
        ConfirmFactor given, Caller caller, TotpOffers offers, CancellationToken cancellationToken)
    {
        var outcome = await offers.ConfirmAsync(caller, given.Code, cancellationToken);
        return outcome.Is(out var factor, out var refusal) ? TypedResults.Created("/api/v1/me/factors", factor) : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<FactorView>, ProblemHttpResult>> RenameAsync(
        string id, RenameFactor asked, Caller caller, Factors factors,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await factors.RenameAsync(caller, id, asked.Name, proof, cancellationToken);
        return outcome.Is(out var factor, out var refusal) ? TypedResults.Ok(factor) : ProblemResults.Of(refusal);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        string id, Caller caller, Factors factors,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await factors.RemoveAsync(caller, id, proof, cancellationToken);
        return outcome.Is(out _, out var refusal) ? TypedResults.NoContent() : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<RecoveryCodesAnswer>, ProblemHttpResult>> ReplaceCodesAsync(
        Caller caller, RecoveryCodes codes, [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await codes.ReplaceAsync(caller, proof, cancellationToken);
        return outcome.Is(out var fresh, out var refusal) ? TypedResults.Ok(new RecoveryCodesAnswer(fresh)) : ProblemResults.Of(refusal);
    }
}
