namespace AccessGateway.Kubectl.Credentials;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;

/// <summary>What stays the same over a grant's renewals. The key is stored before its first use: a gateway may
/// tie the grant to the first key that it certifies, and a lost answer must not lose that key.</summary>
/// <param name="PrivateKey">PKCS #8, PEM, P-256.</param>
/// <param name="Server">The API server's URL; null before the first issuance.</param>
/// <param name="CertificateAuthority">The API server's CA, PEM; null before the first issuance.</param>
internal sealed record GrantFacts(string Subject, string Cluster, string PrivateKey, string? Server = null, string? CertificateAuthority = null)
{
    public static GrantFacts WithNewKey(string subject, string cluster)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(subject, cluster, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>PKCS #10 with the subject that the leaf will carry; the gateway takes nothing but the public key from it.</summary>
    public string MakeCsr(string grantId)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(PrivateKey);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(Subject);
        name.AddOrganizationName(OwnObjects.GroupPrefix + grantId);
        return new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }
}
