namespace AccessGateway.Pki.Tests;

using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

public sealed class CheckedCsrTests
{
    [Fact]
    public void Read_P256_GivesItsParts()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest("CN=ada,O=one", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

        var csr = Csrs.Accept(pem);

        Assert.Equal(Csrs.Der(pem), csr.Der.ToArray());
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), csr.SubjectPublicKeyInfo.ToArray());
        Assert.Equal("ECDSA P-256", csr.KeyAlgorithm);
        Assert.Equal("ada", csr.CommonName);
        Assert.Equal(["one"], csr.Organizations);
        Assert.True(csr.HasOnlyCommonNameAndOrganizations);
        Assert.Equal(pem + "\n", csr.ToPem());
    }

    [Theory]
    [InlineData("SHA256")]
    [InlineData("SHA384")]
    [InlineData("SHA512")]
    public void Read_EcdsaWithEachHash_Accepted(string hash)
    {
        Assert.Equal("ECDSA P-256", Csrs.Accept(Csrs.Ec(ECCurve.NamedCurves.nistP256, "CN=a", new HashAlgorithmName(hash))).KeyAlgorithm);
        Assert.Equal("ECDSA P-384", Csrs.Accept(Csrs.Ec(ECCurve.NamedCurves.nistP384, "CN=a", new HashAlgorithmName(hash))).KeyAlgorithm);
    }

    [Theory]
    [InlineData(2048, "SHA256")]
    [InlineData(3072, "SHA384")]
    [InlineData(4096, "SHA512")]
    public void Read_Rsa_Accepted(int bits, string hash) =>
        Assert.Equal($"RSA {bits}", Csrs.Accept(Csrs.Rsa(bits, new HashAlgorithmName(hash))).KeyAlgorithm);

    [Theory]
    [InlineData("ec", "prime256v1", "ECDSA P-256")]
    [InlineData("ec", "secp384r1", "ECDSA P-384")]
    [InlineData("ed25519", null, "Ed25519")]
    [InlineData("rsa:2048", null, "RSA 2048")]
    public void Read_MadeByOpenSsl_Accepted(string kind, string? curve, string algorithm)
    {
        var csr = Csrs.Accept(OpenSslRequest(kind, curve is null ? [] : [$"ec_paramgen_curve:{curve}"]));

        Assert.Equal(algorithm, csr.KeyAlgorithm);
        Assert.Equal("ada", csr.CommonName);
    }

    [Fact]
    public void Read_AsksForEverything_AcceptedAndSaysWhat()
    {
        var csr = Csrs.Accept(Greedy());

        Assert.Equal("system:admin", csr.CommonName);
        Assert.Equal(["system:masters"], csr.Organizations);
    }

    [Fact]
    public void Read_NoAttributesAtAll_Accepted() => Csrs.Accept(Csrs.ByHand());

    [Fact]
    public void Read_EmptySubject_Accepted()
    {
        var csr = Csrs.Accept(Csrs.ByHand(subject: Csrs.Name()));

        Assert.Null(csr.CommonName);
        Assert.Empty(csr.Organizations);
        Assert.False(csr.HasOnlyCommonNameAndOrganizations);
    }

    [Fact]
    public void Read_OtherVersion_Refused() => RefusedForItsForm(Csrs.ByHand(version: 1));

    [Fact]
    public void Read_MoreBehindAttributes_Refused() =>
        RefusedForItsForm(Csrs.ByHand(attributes: info => info.WriteNull()));

    [Fact]
    public void Read_TrailingBytesInDer_Refused() =>
        Assert.Contains("bytes behind its end", Csrs.Refuse(Csrs.Pem([.. Csrs.Der(Csrs.P256()), 0])), StringComparison.Ordinal);

    [Fact]
    public void Read_Certificate_Refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

        RefusedForItsForm(Csrs.Pem(certificate.RawData));
    }

    /// <summary>As much work as 8 KB can ask for: many names, and the slowest key. The limit leaves a slow machine room.</summary>
    [Fact]
    public void Read_LargestInputs_TakeMilliseconds()
    {
        var name = Csrs.Name([.. Enumerable.Repeat((SubjectNames.OrganizationOid, UniversalTagNumber.UTF8String, "o"), 370)]);
        string[] inputs = [Csrs.ByHand(subject: name), Csrs.Rsa(4096, HashAlgorithmName.SHA512), new string('-', 8192), "-----BEGIN " + new string('A', 8000)];
        foreach (var input in inputs) CheckedCsr.Read(input);

        var clock = Stopwatch.StartNew();
        foreach (var input in inputs) CheckedCsr.Read(input);

        Assert.IsType<CsrResult.Accepted>(CheckedCsr.Read(inputs[0]));
        Assert.InRange(clock.ElapsedMilliseconds, 0, 50 * inputs.Length);
    }

    /// <summary>Names, a CA's extensions and alternative names that no leaf may take over.</summary>
    internal static string Greedy()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=system:masters,CN=system:admin", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("kubernetes.default");
        names.AddEmailAddress("root@example.org");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequestPem();
    }

    internal static string OpenSslRequest(string kind, string[] options)
    {
        using var openSsl = new OpenSsl();
        return openSsl.Run(
            ["req", "-new", "-newkey", kind, .. options.SelectMany(option => new[] { "-pkeyopt", option }),
                "-nodes", "-keyout", "k.pem", "-subj", "/CN=ada"]);
    }

    private static void RefusedForItsForm(string pem) => Assert.Contains("RFC 2986", Csrs.Refuse(pem), StringComparison.Ordinal);
}
