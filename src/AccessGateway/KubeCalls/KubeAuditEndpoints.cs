namespace AccessGateway.KubeCalls;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>Where API servers send their audit events. It is outside the API's group: an API server has no account, but a secret of its
/// cluster, and its JSON has fields that we do not know.</summary>
internal static class KubeAuditEndpoints
{
    public const string Path = "/api/v1/clusters/{name}/kube-audit";

    /// <summary>What an API server sends at most where it truncates, and it then says so.</summary>
    private const long MaxBody = 10 * 1024 * 1024;

    /// <summary>API servers send 400 at once unless told otherwise.</summary>
    private const int MaxEvents = 5_000;

    public static void MapKubeAudit(this IEndpointRouteBuilder app) => app.MapPost(Path, KeepAsync).WithTags("Clusters").DisableAntiforgery();

    private static async Task<Results<NoContent, ProblemHttpResult>> KeepAsync(
        string name, HttpContext context, GatewayDocuments documents, KubeAuditIntake intake, KubeAuditMetrics metrics, CancellationToken cancellationToken)
    {
        if (!KubeAuditSecret.IsGiven(documents.Cluster(name), context.Request.Headers.Authorization))
        {
            metrics.CountRefused();
            return ProblemResults.Of(StatusCodes.Status401Unauthorized, ProblemCodes.Unauthenticated, "The bearer token is not the one whose SHA-256 the cluster's document names.");
        }

        // Only now: who has no secret sends no more than to any other call.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        var list = await ReadAsync(context.Request, cancellationToken);
        if (list is not { Kind: "EventList", ApiVersion: "audit.k8s.io/v1", Items: { } items })
            return ProblemResults.Of(StatusCodes.Status400BadRequest, ProblemCodes.Malformed, "The body must be an EventList of audit.k8s.io/v1.");
        if (items.Count > MaxEvents)
            return ProblemResults.Of(StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, $"At most {MaxEvents} events at once: set --audit-webhook-batch-max-size.");
        await intake.KeepAsync(name, items, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<KubeAuditList?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
            return null;
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, KubeAuditJson.Default.KubeAuditList, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
