namespace AccessGateway.Issuance;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class IssuanceExtensions
{
    public static IServiceCollection AddIssuance(this IServiceCollection services) => services
        .AddSingleton<Signers>()
        .AddSingleton<IClusterSigners>(services => services.GetRequiredService<Signers>())
        .AddScoped<TrustAnchorRotation>()
        .AddScoped<GrantKeys>()
        .AddScoped<LeafRecords>()
        .AddScoped<LeafWriter>()
        .AddSingleton<LeafLedger>()
        .AddScoped<LeafIssuer>();

    public static void MapIssuance(this RouteGroupBuilder api) => api.MapPost("/grants/{id}/credential", IssueAsync).WithTags("Grants").AllowMachines();

    private static async Task<Results<Ok<CredentialResponse>, ProblemHttpResult>> IssueAsync(
        string id, CredentialRequest asked, Caller caller, LeafIssuer issuer,
        [FromHeader(Name = StepUpActions.Header)] string? proof, CancellationToken cancellationToken)
    {
        var outcome = await issuer.IssueAsync(caller, id, asked, proof, cancellationToken);
        return outcome.Is(out var credential, out var refusal) ? TypedResults.Ok(credential) : ProblemResults.Of(refusal);
    }
}
