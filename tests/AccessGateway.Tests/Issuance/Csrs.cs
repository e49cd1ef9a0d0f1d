namespace AccessGateway.Tests.Issuance;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

internal static class Csrs
{
    /// <summary>With a key of its own.</summary>
    public static string New(string subject = "CN=anything")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }
}
