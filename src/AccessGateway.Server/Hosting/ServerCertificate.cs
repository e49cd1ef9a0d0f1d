namespace AccessGateway.Server.Hosting;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>
/// The gateway's own HTTPS certificate, for those who bring none: signed by a CA that is made once in <c>data/tls</c> and whose
/// <c>ca.crt</c> people and plugins trust. The certificate lives 90 days and is made anew at a start in its last 30.
/// </summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan CaLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    public static X509Certificate2 ReadOrCreate(string data, string host, TimeProvider clock)
    {
        var folder = PersistenceExtensions.DataFolder(Path.Combine(data, "tls"));
        var now = clock.GetUtcNow();
        using var ca = ReadPair(folder, "ca") ?? CreateCa(folder, now);
        var existing = ReadPair(folder, "server");
        if (existing is not null && existing.NotAfter.ToUniversalTime() - RenewBefore > now.UtcDateTime && existing.MatchesHostname(host) && IsIssuedBy(existing, ca))
            return existing;
        existing?.Dispose();
        return CreateServer(folder, ca, host, now);
    }

    private static X509Certificate2 CreateCa(string folder, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=access-gateway HTTPS CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now + CaLifetime);
        return WritePair(folder, "ca", certificate, key);
    }

    private static X509Certificate2 CreateServer(string folder, X509Certificate2 ca, string host, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=access-gateway", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(Names(host));
        using var certificate = request.Create(ca, now.AddMinutes(-5), now + Lifetime, RandomNumberGenerator.GetBytes(16));
        return WritePair(folder, "server", certificate, key);
    }

    private static X509Extension Names(string host)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            names.AddIpAddress(address);
        else if (host != "localhost")
            names.AddDnsName(host);
        return names.Build();
    }

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 ca)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static X509Certificate2? ReadPair(string folder, string name)
    {
        var (certificate, key) = (Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"));
        return File.Exists(certificate) && File.Exists(key) ? Usable(X509Certificate2.CreateFromPemFile(certificate, key)) : null;
    }

    private static X509Certificate2 WritePair(string folder, string name, X509Certificate2 certificate, ECDsa key)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(Path.Combine(folder, $"{name}.key"), options))
            file.Write(key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder, $"{name}.crt"), certificate.ExportCertificatePem());
        return Usable(certificate.HasPrivateKey ? new X509Certificate2(certificate) : certificate.CopyWithPrivateKey(key));
    }

    /// <summary>A copy whose key does not depend on the one it was made with.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }
}
