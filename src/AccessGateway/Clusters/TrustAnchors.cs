namespace AccessGateway.Clusters;

using System.Security.Cryptography;
using AccessGateway.Audit;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using Microsoft.EntityFrameworkCore;

/// <summary>Makes, shows and opens the CAs of clusters with the signer <c>localCa</c>.</summary>
internal sealed class TrustAnchors(GatewayDbContext db, SecretBox secrets, AuditLog audit, TimeProvider clock)
{
    /// <summary>Long enough that a cluster's flag is changed rarely; rotation comes before.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(5 * 365);

    /// <summary>Makes the cluster's CA, if it has none. Returns its certificate in PEM.</summary>
    public async Task<string> InitAsync(string actor, string cluster, CancellationToken cancellationToken)
    {
        if (await FindAsync(cluster, cancellationToken) is { } existing)
            return existing.CertificatePem;
        var now = clock.GetUtcNow();
        using var ca = LocalCa.Generate($"access-gateway {cluster}", now, Lifetime);
        var key = ca.ExportPkcs8PrivateKey();
        db.TrustAnchors.Add(new TrustAnchor
        {
            Cluster = cluster,
            CertificatePem = ca.CertificatePem,
            SealedKey = secrets.Seal(key, nameof(TrustAnchor), cluster, nameof(TrustAnchor.SealedKey)),
            CreatedAt = now,
        });
        CryptographicOperations.ZeroMemory(key);
        audit.Add(AuditEvents.TrustAnchorCreated, actor, cluster: cluster);
        await db.SaveChangesAsync(cancellationToken);
        return ca.CertificatePem;
    }

    /// <summary>The CA's certificate in PEM; null where there is none.</summary>
    public async Task<string?> ShowAsync(string cluster, CancellationToken cancellationToken) => (await FindAsync(cluster, cancellationToken))?.CertificatePem;

    /// <summary>The CA, able to sign; null where there is none.</summary>
    public async Task<LocalCa?> OpenAsync(string cluster, CancellationToken cancellationToken)
    {
        if (await FindAsync(cluster, cancellationToken) is not { } anchor)
            return null;
        var key = secrets.Open(anchor.SealedKey, nameof(TrustAnchor), cluster, nameof(TrustAnchor.SealedKey));
        try
        {
            return LocalCa.Import(anchor.CertificatePem, PemEncoding.WriteString("PRIVATE KEY", key));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private Task<TrustAnchor?> FindAsync(string cluster, CancellationToken cancellationToken) =>
        db.TrustAnchors.AsNoTracking().SingleOrDefaultAsync(anchor => anchor.Cluster == cluster, cancellationToken);
}
