namespace AccessGateway.Server.Hosting;

using AccessGateway.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("ok"));
        routes.MapGet("/readyz", ReadyAsync);
    }

    /// <summary>Ready means: the database answers.</summary>
    private static async Task<Results<ContentHttpResult, StatusCodeHttpResult>> ReadyAsync(GatewayDbContext db, CancellationToken cancellationToken) =>
        await db.Database.CanConnectAsync(cancellationToken) ? TypedResults.Text("ok") : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
}
