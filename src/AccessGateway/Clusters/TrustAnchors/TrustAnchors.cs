namespace AccessGateway.Clusters;

using System.Security.Cryptography;
using AccessGateway.Audit;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using Microsoft.EntityFrameworkCore;

/// <summary>Makes, lists and opens the CAs of clusters with the signer <c>localCa</c>.</summary>
internal sealed class TrustAnchors(GatewayDbContext db, SecretBox secrets, AuditLog audit, TimeProvider clock)
{
    /// <summary>Long enough that a cluster's flag is changed rarely; rotation comes before.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(5 * 365);

    /// <summary>Makes the cluster's CA, if it has none. Returns its certificate in PEM.</summary>
    public async Task<string> InitAsync(string actor, string cluster, CancellationToken cancellationToken)
    {
        if (await FindAsync(cluster, TrustAnchorState.Signing, cancellationToken) is { } existing)
            return existing.CertificatePem;
        return (await AddAsync(actor, cluster, TrustAnchorState.Signing, cancellationToken)).CertificatePem;
    }

    /// <summary>Every CA of a cluster, the one that comes next first.</summary>
    public async Task<IReadOnlyList<TrustAnchor>> ListAsync(string cluster, CancellationToken cancellationToken) =>
        [.. (await db.TrustAnchors.AsNoTracking().Where(anchor => anchor.Cluster == cluster).ToListAsync(cancellationToken)).OrderBy(anchor => anchor.State)];

    /// <summary>The id of the CA that signs; null where there is none.</summary>
    public Task<string?> SigningIdAsync(string cluster, CancellationToken cancellationToken) => db.TrustAnchors
        .Where(anchor => anchor.Cluster == cluster && anchor.State == TrustAnchorState.Signing).Select(anchor => anchor.Id).SingleOrDefaultAsync(cancellationToken);

    /// <summary>The CA of that state, able to sign; null where there is none.</summary>
    public async Task<LocalCa?> OpenAsync(string cluster, TrustAnchorState state, CancellationToken cancellationToken)
    {
        if (await FindAsync(cluster, state, cancellationToken) is not { } anchor)
            return null;
        var key = secrets.Open(anchor.SealedKey, nameof(TrustAnchor), anchor.Id, nameof(TrustAnchor.SealedKey));
        try
        {
            return LocalCa.Import(anchor.CertificatePem, PemEncoding.WriteString("PRIVATE KEY", key));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Makes a CA.</summary>
    /// <exception cref="DbUpdateException">The cluster got one in this state meanwhile.</exception>
    public async Task<TrustAnchor> AddAsync(string actor, string cluster, TrustAnchorState state, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Identifier.New("ca");
        using var ca = LocalCa.Generate($"access-gateway {cluster} {id}", now, Lifetime);
        var key = ca.ExportPkcs8PrivateKey();
        var anchor = new TrustAnchor
        {
            Id = id,
            Cluster = cluster,
            State = state,
            CertificatePem = ca.CertificatePem,
            SealedKey = secrets.Seal(key, nameof(TrustAnchor), id, nameof(TrustAnchor.SealedKey)),
            CreatedAt = now,
            NotAfter = ca.NotAfter,
        };
        CryptographicOperations.ZeroMemory(key);
        db.TrustAnchors.Add(anchor);
        audit.Add(AuditEvents.TrustAnchorCreated, actor, cluster: cluster, details: [("trustAnchor", id), ("notAfter", ca.NotAfter.ToString("O"))]);
        await db.SaveChangesAsync(cancellationToken);
        return anchor;
    }

    private Task<TrustAnchor?> FindAsync(string cluster, TrustAnchorState state, CancellationToken cancellationToken) =>
        db.TrustAnchors.AsNoTracking().SingleOrDefaultAsync(anchor => anchor.Cluster == cluster && anchor.State == state, cancellationToken);
}
