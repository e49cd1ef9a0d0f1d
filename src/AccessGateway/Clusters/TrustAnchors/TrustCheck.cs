namespace AccessGateway.Clusters;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;
using AccessGateway.Pki;

/// <summary>Asks an API server whether it accepts what a signer signs, with a leaf of a minute that is bound to nothing.</summary>
internal sealed class TrustCheck(TimeProvider clock)
{
    /// <summary>As API servers see it; no binding names it.</summary>
    private const string Name = "access-gateway-check";

    private static readonly TimeSpan Backdate = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Why leaves of the signer would not be accepted; null where they are.</summary>
    /// <param name="lifetime">Of the leaf, for signers that make none that is shorter; a minute where missing.</param>
    public async Task<string?> ProblemAsync(ClusterDefinition cluster, ISigner signer, CancellationToken cancellationToken, TimeSpan? lifetime = null)
    {
        try
        {
            using var leaf = await LeafAsync(signer, lifetime ?? TimeSpan.FromMinutes(1), cancellationToken);
            using var handler = new SocketsHttpHandler { SslOptions = ClusterConnections.TlsOptions(cluster, leaf), AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = Patience };
            using var client = new HttpClient(handler) { Timeout = Patience };
            using var answer = await client.GetAsync(new Uri(cluster.Server, "api"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode switch
            {
                // Known, whether or not it may read this.
                HttpStatusCode.OK or HttpStatusCode.Forbidden => null,
                HttpStatusCode.Unauthorized => $"the API server of cluster '{cluster.Name}' does not trust this CA for client certificates (--client-ca-file).",
                _ => $"the API server of cluster '{cluster.Name}' answered {(int)answer.StatusCode}.",
            };
        }
        catch (HttpRequestException e)
        {
            return $"the API server of cluster '{cluster.Name}' cannot be asked: {e.Message}";
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"the API server of cluster '{cluster.Name}' did not answer within {Patience.TotalSeconds:0} s.";
        }
        catch (SignerException e)
        {
            return e.Message;
        }
    }

    private async Task<X509Certificate2> LeafAsync(ISigner signer, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"O=jit:{Name}, CN={Name}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        if (CheckedCsr.Read(request) is not CsrResult.Accepted { Csr: var csr })
            throw new InvalidOperationException("The check's own CSR is refused.");
        var now = clock.GetUtcNow();
        var leaf = await signer.SignAsync(csr, new LeafTemplate(Name, OwnObjects.GroupPrefix + Name, now - Backdate, now + lifetime), cancellationToken);
        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        return certificate.CopyWithPrivateKey(key);
    }
}
