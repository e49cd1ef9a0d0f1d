namespace AccessGateway.Issuance;

using System.Collections.Concurrent;
using AccessGateway.Clusters;
using AccessGateway.Pki;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The signer of each cluster, made when it is first needed, and anew when what it was made from has changed.</summary>
internal sealed class Signers(ClusterConnections connections, IServiceScopeFactory scopes, TimeProvider clock) : IClusterSigners, IDisposable
{
    private readonly ConcurrentDictionary<string, (Origin Origin, ISigner Signer)> _signers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Id, DateTimeOffset Until)> _signing = new(StringComparer.Ordinal);

    public async Task<ISigner> ForAsync(ClusterDefinition cluster, CancellationToken cancellationToken)
    {
        var origin = new Origin(cluster.Signer, cluster.LeafLifetime, cluster.Signer switch
        {
            SignerDefinition.KubernetesCsr => connections.For(cluster.Name),
            SignerDefinition.LocalCa { CertificatePem: null } => await SigningAsync(cluster.Name, cancellationToken),
            _ => null,
        });
        if (_signers.TryGetValue(cluster.Name, out var known) && known.Origin == origin)
            return known.Signer;

        // The one before is left to the garbage collector: somebody may be signing with it.
        ISigner signer = cluster.Signer switch
        {
            SignerDefinition.LocalCa { CertificatePem: { } certificate, KeyPem: { } key } => Import(certificate, key),
            SignerDefinition.LocalCa => await OpenAsync(cluster.Name, cancellationToken),
            SignerDefinition.Pkcs11 definition => new Pkcs11Signer(definition, clock),
            _ => new KubernetesCsrSigner(connections.For(cluster.Name), cluster.LeafLifetime, clock),
        };
        _signers[cluster.Name] = (origin, signer);
        return signer;
    }

    public void Dispose()
    {
        foreach (var (_, signer) in _signers.Values)
            (signer as IDisposable)?.Dispose();
    }

    private sealed record Origin(SignerDefinition Signer, TimeSpan LeafLifetime, object? From);

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

    /// <summary>Which CA signs; a rotation, by whatever process, is seen within <see cref="TrustAnchorRotation.Notice"/>.</summary>
    private async Task<string?> SigningAsync(string cluster, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_signing.TryGetValue(cluster, out var known) && now < known.Until)
            return known.Id;
        await using var scope = scopes.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<TrustAnchors>().SigningIdAsync(cluster, cancellationToken) is not { } id)
            return null;
        _signing[cluster] = (id, now + TrustAnchorRotation.Notice);
        return id;
    }

    private async Task<LocalCa> OpenAsync(string cluster, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<TrustAnchors>().OpenAsync(cluster, TrustAnchorState.Signing, cancellationToken)
            ?? throw new SignerException($"There is no CA for cluster '{cluster}' yet; make one with: access-gateway ca init {cluster}");
    }
}
