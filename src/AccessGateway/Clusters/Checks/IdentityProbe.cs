namespace AccessGateway.Clusters;

using System.Net;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.IdentityModel.JsonWebTokens;

/// <summary>Whom the API server takes the gateway for: asked since 1.28, before that read from the gateway's own credentials.</summary>
internal static class IdentityProbe
{
    private static readonly OwnIdentity Nobody = new(null, []);

    public static async Task<(ClusterCheckView Finding, OwnIdentity Self)> ProbeAsync(IKubernetes kubernetes, ClusterDefinition cluster, CancellationToken cancellationToken)
    {
        var self = await AskAsync(kubernetes, cancellationToken) ?? OfCertificate(cluster.Credentials?.ClientCertificatePem) ?? OfToken(cluster.Credentials?.Token) ?? Nobody;
        if (self.Name is not { } name)
            return (Checked.Ok(ClusterCheckNames.Identity, "the API server accepts the gateway's credentials; this release does not say whom it takes it for"), self);
        return self.Groups.Contains("system:masters")
            ? (Checked.Failed(ClusterCheckNames.Identity, $"{name}, of the group system:masters, to which no limit applies", $"Give the gateway a ServiceAccount of its own: access-gateway config rbac {cluster.Name}"), self)
            : (Checked.Ok(ClusterCheckNames.Identity, name), self);
    }

    private static async Task<OwnIdentity?> AskAsync(IKubernetes kubernetes, CancellationToken cancellationToken)
    {
        try
        {
            var review = await kubernetes.AuthenticationV1.CreateSelfSubjectReviewAsync(new V1SelfSubjectReview(), cancellationToken: cancellationToken);
            return review.Status?.UserInfo is { Username: { Length: > 0 } name } user ? new OwnIdentity(name, [.. user.Groups ?? []]) : null;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static OwnIdentity? OfCertificate(string? pem)
    {
        if (pem is null)
            return null;
        using var certificate = X509Certificate2.CreateFromPem(pem);
        var parts = certificate.SubjectName.EnumerateRelativeDistinguishedNames().Where(part => !part.HasMultipleElements).ToLookup(part => part.GetSingleElementType().Value, part => part.GetSingleElementValue() ?? "");
        return new OwnIdentity(parts["2.5.4.3"].FirstOrDefault(), [.. parts["2.5.4.10"]]);
    }

    /// <summary>A ServiceAccount's, as its token says: the API server has accepted it.</summary>
    private static OwnIdentity? OfToken(string? token)
    {
        var handler = new JsonWebTokenHandler();
        if (token is null || !handler.CanReadToken(token) || handler.ReadJsonWebToken(token).Subject is not { } sub || sub.Split(':') is not ["system", "serviceaccount", var place, _])
            return null;
        return new OwnIdentity(sub, ["system:serviceaccounts", $"system:serviceaccounts:{place}", "system:authenticated"]);
    }
}
