namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class ClusterEndpoints
{
    public static IServiceCollection AddClusters(this IServiceCollection services) => services
        .AddSingleton<ClusterConnections>()
        .AddSingleton<ClusterHealth>()
        .AddScoped<Clusters>()
        .AddSingleton<RoleRules>()
        .AddSingleton<IRoleRules>(services => services.GetRequiredService<RoleRules>())
        .AddSingleton<RbacStates>()
        .AddSingleton<OwnIdentities>()
        .AddSingleton<ClusterNamespaces>()
        .AddSingleton<WorkloadStates>()
        .AddScoped<IServiceAccounts, ServiceAccounts>()
        .AddSingleton<TrustCheck>()
        .AddSingleton<RightsProbe>()
        .AddSingleton<SignerProbe>()
        .AddSingleton<ProbeBounds>()
        .AddSingleton<ClusterProbes>()
        .AddSingleton<ClusterCheckRuns>()
        .AddScoped<ClusterChecks>()
        .AddScoped<ClusterDirectory>()
        .AddScoped<TrustAnchors>()
        .AddScoped<CaEnds>()
        .AddSingleton<CaExpiry>()
        .AddHostedService<CaExpiryWatch>();

    public static void MapClusters(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/clusters").WithTags("Clusters");
        group.MapGet("/", (Caller caller, Clusters clusters) => TypedResults.Ok(new Page<ClusterView>(clusters.ListFor(caller), NextCursor: null))).AllowMachines();
        group.MapGet("/{name}/role-offers", Offers).AllowMachines();
        group.MapGet("/{name}/checks", CheckAsync);
    }

    private static Results<Ok<Page<RoleOfferView>>, ProblemHttpResult> Offers(string name, Caller caller, Clusters clusters) =>
        clusters.OffersFor(caller, name) is { } offers
            ? TypedResults.Ok(new Page<RoleOfferView>(offers, NextCursor: null))
            : ProblemResults.Of(new Refusal.NotFound($"There is no cluster '{name}' for you."));

    /// <summary>Only for administrators and auditors.</summary>
    private static async Task<Results<Ok<ClusterChecksView>, ProblemHttpResult>> CheckAsync(string name, Caller caller, ClusterChecks checks, CancellationToken cancellationToken)
    {
        var outcome = await checks.RunAsync(caller, name, cancellationToken);
        return outcome.Is(out var found, out var refusal) ? TypedResults.Ok(found) : ProblemResults.Of(refusal);
    }
}
