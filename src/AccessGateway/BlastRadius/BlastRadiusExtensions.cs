namespace AccessGateway.BlastRadius;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class BlastRadiusExtensions
{
    public static IServiceCollection AddBlastRadius(this IServiceCollection services) => services
        .AddSingleton<BlastRadii>()
        .AddScoped<OfferBlastRadii>();

    public static void MapBlastRadius(this RouteGroupBuilder api) =>
        api.MapGet("/clusters/{name}/role-offers/{role}/blast-radius", OfferAsync).WithTags("Clusters");

    /// <param name="namespaces">Separated by commas.</param>
    private static async Task<Results<Ok<BlastRadiusView>, ProblemHttpResult>> OfferAsync(
        string name, string role, string? namespaces, Caller caller, OfferBlastRadii offers, CancellationToken cancellationToken)
    {
        var chosen = (namespaces ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var outcome = await offers.OfAsync(caller, name, role, chosen, cancellationToken);
        return outcome.Is(out var view, out var refusal) ? TypedResults.Ok(view) : ProblemResults.Of(refusal);
    }
}
