namespace AccessGateway.Clusters;

using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using Microsoft.EntityFrameworkCore;

/// <summary>Finds when the CAs of the registered clusters end.</summary>
internal sealed class CaEnds(GatewayDbContext db, CurrentDocuments documents)
{
    public async Task<IReadOnlyList<CaEnd>> ListAsync(CancellationToken cancellationToken)
    {
        var current = documents.Current;
        var anchors = await db.TrustAnchors.AsNoTracking().Select(anchor => new { anchor.Cluster, anchor.State, anchor.NotAfter }).ToListAsync(cancellationToken);
        var own = from anchor in anchors
                  let cluster = current.Cluster(anchor.Cluster)
                  where cluster is { Signer: SignerDefinition.LocalCa { CertificatePem: null } }
                  select new CaEnd(anchor.Cluster, TrustAnchorStates.Of(anchor.State), anchor.NotAfter, Longest(current, cluster));
        return [.. OfDocuments(current), .. own];
    }

    /// <summary>Those that the documents themselves name.</summary>
    public static IEnumerable<CaEnd> OfDocuments(GatewayDocuments documents) =>
        from cluster in documents.Clusters
        let ca = Named(cluster.Signer)
        where ca is not null
        select new CaEnd(cluster.Name, ca.Value.State, ca.Value.Certificate.NotAfter, Longest(documents, cluster));

    /// <summary>What <c>config check</c> says of the CAs that documents name.</summary>
    public static IEnumerable<string> Warnings(GatewayDocuments documents, DateTimeOffset now)
    {
        foreach (var warning in OfDocuments(documents).Select(end => end.Warning(now)).OfType<string>())
            yield return warning;
        foreach (var cluster in documents.Clusters)
        {
            if (Named(cluster.Signer) is { Certificate: var ca } && ca.PathLength != 0)
                yield return $"The CA of cluster '{cluster.Name}' may sign further CAs; one that signs leaves alone has pathlen:0.";
            if (Named(cluster.Signer) is { Certificate: var early } && early.NotBefore > now)
                yield return $"The CA of cluster '{cluster.Name}' begins at {early.NotBefore:u}: until then API servers refuse what it signs.";
        }
    }

    public static TimeSpan Longest(GatewayDocuments documents, ClusterDefinition cluster) => documents.PoliciesOn(cluster)
        .SelectMany(policy => policy.Roles).Select(role => role.MaxDuration).Append(cluster.LeafLifetime).Max();

    private static (string State, CaCertificate Certificate)? Named(SignerDefinition signer) => signer switch
    {
        SignerDefinition.LocalCa { CertificatePem: { } pem } => (TrustAnchorStates.Imported, CaCertificate.Read(pem)),
        SignerDefinition.Pkcs11 { CertificatePem: var pem } => (TrustAnchorStates.Pkcs11, CaCertificate.Read(pem)),
        _ => null,
    };
}
