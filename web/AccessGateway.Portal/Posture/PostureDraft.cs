namespace AccessGateway.Portal.Posture;

using System.Text;
using AccessGateway.Posture;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>The drafted policies of a cluster as a file.</summary>
internal static class PostureDraft
{
    public static string AddressOf(string cluster) => $"/clusters/{cluster}/posture/draft.yaml";

    public static void MapPostureDraft(this IEndpointRouteBuilder routes) =>
        routes.MapGet(AddressOf("{name}"), DownloadAsync).RequireAuthorization(SignInExtensions.PortalPolicy).ExcludeFromDescription();

    private static async Task<Results<FileContentHttpResult, NotFound>> DownloadAsync(string name, Caller caller, Postures postures, CancellationToken cancellationToken) =>
        (await postures.OfAsync(caller, name, cancellationToken)).Is(out var posture, out _) && posture.PolicyDraft is { } draft
            ? TypedResults.File(Encoding.UTF8.GetBytes(draft), "application/yaml", $"{name}-policies.yaml")
            : TypedResults.NotFound();
}
