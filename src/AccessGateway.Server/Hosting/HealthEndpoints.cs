namespace AccessGateway.Server.Hosting;

using AccessGateway.Documents;
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

    /// <summary>Ready means: the database answers. Refused documents make no gateway unready, for those of before are in force; they are
    /// told of here without any detail, because nobody signs in for this.</summary>
    private static async Task<Results<ContentHttpResult, StatusCodeHttpResult>> ReadyAsync(GatewayDbContext db, CurrentDocuments documents, CancellationToken cancellationToken) =>
        await db.Database.CanConnectAsync(cancellationToken) ? TypedResults.Text(documents.Refused is { } refused ? $"ok\nconfiguration: refused since {refused.Since:yyyy-MM-dd'T'HH:mm:ss'Z'}; the documents of before are in force" : "ok") : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
}
