namespace AccessGateway.Posture;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class PostureExtensions
{
    public static IServiceCollection AddPosture(this IServiceCollection services) => services
        .AddSingleton<StandingReports>()
        .AddSingleton<PostureReads>()
        .AddScoped<Postures>();

    public static void MapPosture(this RouteGroupBuilder api) => api.MapGet("/clusters/{name}/posture", OfAsync).WithTags("Clusters");

    private static async Task<Results<Ok<PostureView>, ProblemHttpResult>> OfAsync(string name, Caller caller, Postures postures, CancellationToken cancellationToken) =>
        (await postures.OfAsync(caller, name, cancellationToken)).Is(out var view, out var refusal) ? TypedResults.Ok(view) : ProblemResults.Of(refusal);
}
