namespace AccessGateway.Issuance;

using System.Collections.Concurrent;
using AccessGateway.Clusters;
using AccessGateway.Pki;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The signer of each cluster, made when it is first needed.</summary>
internal sealed class Signers(ClusterConnections connections, IServiceScopeFactory scopes, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, ISigner> _signers = new(StringComparer.Ordinal);

    public async Task<ISigner> ForAsync(ClusterDefinition cluster, CancellationToken cancellationToken)
    {
        if (_signers.TryGetValue(cluster.Name, out var known))
            return known;
        ISigner signer = cluster.Signer switch
        {
            SignerDefinition.LocalCa { CertificatePem: { } certificate, KeyPem: { } key } => Import(certificate, key),
            SignerDefinition.LocalCa => await OpenAsync(cluster.Name, cancellationToken),
            _ => new KubernetesCsrSigner(connections.For(cluster.Name), cluster.LeafLifetime, clock),
        };
        return _signers.GetOrAdd(cluster.Name, signer);
    }

    private static LocalCa Import(string certificate, string key)
    {
        try
        {
            return LocalCa.Import(certificate, key);
        }
        catch (ArgumentException e)
        {
            throw new SignerException($"The imported CA cannot be used: {e.Message}", e);
        }
    }

    private async Task<LocalCa> OpenAsync(string cluster, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<TrustAnchors>().OpenAsync(cluster, cancellationToken)
            ?? throw new SignerException($"There is no CA for cluster '{cluster}' yet; make one with: access-gateway ca init {cluster}");
    }
}
