namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

public sealed class LocalCaImportTests
{
    private const string CaExtensions =
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";

    [Fact]
    public void Import_Exported_SignsAlike()
    {
        using var made = Cas.New();
        var key = PemEncoding.WriteString("PRIVATE KEY", made.ExportPkcs8PrivateKey());

        using var ca = LocalCa.Import(made.CertificatePem, key);

        Assert.Equal(made.CertificatePem, ca.CertificatePem);
        Assert.Equal(made.NotAfter, ca.NotAfter);
        LocalCaOpenSslTests.AssertVerifies(made, ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template()));
    }

    /// <summary>SEC 1 with its EC PARAMETERS, PKCS #8 and PKCS #1, with subjects that are no UTF8String and without a key identifier.</summary>
    [Theory]
    [InlineData("ecparam -name prime256v1 -genkey -out key.pem", "1.2.840.10045.4.3.2")]
    [InlineData("ecparam -name secp384r1 -genkey -noout -out key.pem", "1.2.840.10045.4.3.3")]
    [InlineData("ecparam -name secp521r1 -genkey -noout -out key.pem", "1.2.840.10045.4.3.4")]
    [InlineData("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem", "1.2.840.10045.4.3.2")]
    [InlineData("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem", "1.2.840.113549.1.1.11")]
    [InlineData("genrsa -traditional -out key.pem 3072", "1.2.840.113549.1.1.11")]
    public void Import_MadeByOpenSsl_SignsWithTheHashOfItsKey(string generate, string signatureAlgorithm)
    {
        var (certificatePem, key) = OpenSslCa(generate, "string_mask=nombstr\n" + CaExtensions);

        using var ca = LocalCa.Import(certificatePem, key);
        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template());

        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        using var authority = X509Certificate2.CreateFromPem(certificatePem);
        Assert.Equal(signatureAlgorithm, certificate.SignatureAlgorithm.Value);
        Assert.Equal(authority.SubjectName.RawData, certificate.IssuerName.RawData);
        AssertVerifies(ca, leaf);
    }

    [Fact]
    public void Import_OtherKey_Throws()
    {
        using var ca = Cas.New();
        using var other = Cas.New();
        using var rsa = RSA.Create(2048);

        AssertThrows("does not belong", ca.CertificatePem, PemEncoding.WriteString("PRIVATE KEY", other.ExportPkcs8PrivateKey()));
        AssertThrows("is no EC key", ca.CertificatePem, rsa.ExportPkcs8PrivateKeyPem());
    }

    [Fact]
    public void Import_PublicOrEncryptedOrNoKey_Throws()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = SelfSigned(key, Ca(), Usage(X509KeyUsageFlags.KeyCertSign));
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10);

        AssertThrows("does not belong", certificate, key.ExportSubjectPublicKeyInfoPem());
        AssertThrows("", certificate, key.ExportEncryptedPkcs8PrivateKeyPem("secret", encryption));
        AssertThrows("", certificate, "");
        AssertThrows("", certificate, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----");
    }

    [Fact]
    public void Import_NoAuthority_Throws()
    {
        AssertRefused("it is not a CA's", Usage(X509KeyUsageFlags.KeyCertSign));
        AssertRefused("it is not a CA's", new X509BasicConstraintsExtension(false, false, 0, true), Usage(X509KeyUsageFlags.KeyCertSign));
        AssertRefused("does not name keyCertSign", Ca());
        AssertRefused("does not name keyCertSign", Ca(), Usage(X509KeyUsageFlags.DigitalSignature));
        AssertRefused("does not name clientAuth", Ca(), Usage(X509KeyUsageFlags.KeyCertSign), Extended("1.3.6.1.5.5.7.3.1"));
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.2")]
    [InlineData("2.5.29.37.0")]
    public void Import_LimitedToClients_Taken(string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        using var ca = LocalCa.Import(
            SelfSigned(key, Ca(), Usage(X509KeyUsageFlags.KeyCertSign), Extended(usage)),
            key.ExportPkcs8PrivateKeyPem());
    }

    [Theory]
    [InlineData("ecparam -name secp256k1 -genkey -noout -out key.pem")]
    [InlineData("genrsa -out key.pem 1024")]
    [InlineData("genpkey -algorithm ed25519 -out key.pem")]
    public void Import_KeyOfAnotherKind_Throws(string generate)
    {
        var (certificate, key) = OpenSslCa(generate, CaExtensions);

        Assert.ThrowsAny<ArgumentException>(() => LocalCa.Import(certificate, key).Dispose());
    }

    [Fact]
    public void Import_CertificateThatIsNone_Throws()
    {
        using var ca = Cas.New();
        var key = PemEncoding.WriteString("PRIVATE KEY", ca.ExportPkcs8PrivateKey());

        Assert.All(
            ["", "junk", ca.CertificatePem + ca.CertificatePem, key, Csrs.Pem([0x30, 0x00], "CERTIFICATE"), Csrs.Pem([0x30], "CERTIFICATE")],
            certificate => AssertThrows("The certificate is", certificate, key));
    }

    private static void AssertRefused(string reason, params X509Extension[] extensions)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AssertThrows(reason, SelfSigned(key, extensions), key.ExportPkcs8PrivateKeyPem());
    }

    private static void AssertThrows(string reason, string certificate, string key)
    {
        var exception = Assert.ThrowsAny<ArgumentException>(() => LocalCa.Import(certificate, key));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private static void AssertVerifies(LocalCa ca, Leaf leaf)
    {
        using var openSsl = new OpenSsl();
        openSsl.Write("ca.pem", ca.CertificatePem);
        openSsl.Write("leaf.pem", leaf.Pem);
        openSsl.Run("verify", "-no_check_time", "-CAfile", "ca.pem", "-purpose", "sslclient", "leaf.pem");
    }

    private static (string Certificate, string Key) OpenSslCa(string generate, string configuration)
    {
        using var openSsl = new OpenSsl();
        openSsl.Write("ca.cnf", configuration);
        openSsl.Run(generate.Split(' '));
        var certificate = openSsl.Run(
            "req", "-x509", "-new", "-key", "key.pem", "-subj", "/C=DE/O=Example/CN=Some CA", "-days", "36500", "-config", "ca.cnf");
        return (certificate, openSsl.Read("key.pem"));
    }

    private static X509BasicConstraintsExtension Ca() => new(true, false, 0, true);

    private static X509KeyUsageExtension Usage(X509KeyUsageFlags flags) => new(flags, true);

    private static X509EnhancedKeyUsageExtension Extended(string oid) => new([new Oid(oid)], false);

    private static string SelfSigned(ECDsa key, params X509Extension[] extensions)
    {
        var request = new CertificateRequest("CN=Some CA", key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        using var certificate = request.CreateSelfSigned(Cas.Now.AddDays(-1), Cas.Now.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
