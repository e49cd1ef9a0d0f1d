namespace AccessGateway.Testing;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>TLS certificates of API servers, good and bad ones.</summary>
internal static class TestTls
{
    public static X509Certificate2 Ca()
    {
        var (key, now) = (ECDsa.Create(ECCurve.NamedCurves.nistP256), TimeProvider.System.GetUtcNow());
        var request = new CertificateRequest("CN=some API server's CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(200));
    }

    /// <param name="address">The IP address that it is for.</param>
    public static X509Certificate2 Server(X509Certificate2 ca, string address, DateTimeOffset notAfter)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(ca, TimeProvider.System.GetUtcNow().AddDays(-1), notAfter, RandomNumberGenerator.GetBytes(16)).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
