namespace AccessGateway.Pki.Tests;

using System.Collections.Concurrent;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

public sealed class LocalCaTests
{
    [Fact]
    public void Generate_Certificate_HasTheProfileOfACa()
    {
        using var ca = Cas.New();
        using var certificate = X509Certificate2.CreateFromPem(ca.CertificatePem);

        Assert.Equal(3, certificate.Version);
        Assert.Equal("CN=gateway dev", certificate.Subject);
        Assert.Equal("CN=gateway dev", certificate.Issuer);
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SignatureAlgorithm.Value);
        Assert.Equal(256, certificate.GetECDsaPublicKey()!.KeySize);
        Assert.Equal(new DateTime(2026, 5, 1, 11, 59, 0, DateTimeKind.Utc), certificate.NotBefore.ToUniversalTime());
        Assert.Equal(new DateTime(2027, 5, 1, 12, 0, 0, DateTimeKind.Utc), certificate.NotAfter.ToUniversalTime());
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), ca.NotAfter.UtcDateTime);

        var constraints = Assert.Single(certificate.Extensions.OfType<X509BasicConstraintsExtension>());
        Assert.True(constraints is { Critical: true, CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0 });
        var usage = Assert.Single(certificate.Extensions.OfType<X509KeyUsageExtension>());
        Assert.True(usage is { Critical: true, KeyUsages: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign });
        Assert.Single(certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>());
        Assert.Equal(3, certificate.Extensions.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void Generate_BadName_Throws(string name) =>
        Assert.Throws<ArgumentException>(() => LocalCa.Generate(name, Cas.Now, TimeSpan.FromDays(1)));

    [Fact]
    public void Generate_NoLifetime_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LocalCa.Generate("ca", Cas.Now, TimeSpan.Zero));

    [Fact]
    public void Sign_P256_LeafHasExactlyTheProfile()
    {
        using var ca = Cas.New();
        using var authority = X509Certificate2.CreateFromPem(ca.CertificatePem);
        var csr = Csrs.Accept(Csrs.P256());

        var leaf = ca.Sign(csr, Cas.Template());

        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        Assert.Equal(3, certificate.Version);
        Assert.Equal("O=jit:01jabc, CN=ada@example.org", certificate.SubjectName.Decode(X500DistinguishedNameFlags.None));
        Assert.Equal(authority.SubjectName.RawData, certificate.IssuerName.RawData);
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SignatureAlgorithm.Value);
        Assert.Equal(csr.SubjectPublicKeyInfo.ToArray(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(new DateTime(2026, 5, 1, 11, 59, 0, DateTimeKind.Utc), certificate.NotBefore.ToUniversalTime());
        Assert.Equal(new DateTime(2026, 5, 1, 12, 10, 0, DateTimeKind.Utc), certificate.NotAfter.ToUniversalTime());

        AssertExtensions(certificate, authority);
    }

    [Fact]
    public void Sign_Names_AreUtf8Strings()
    {
        using var ca = Cas.New();

        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template("ädä", "jit:ö"));

        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        var expected = Csrs.Name(
            (SubjectNames.OrganizationOid, System.Formats.Asn1.UniversalTagNumber.UTF8String, "jit:ö"),
            (SubjectNames.CommonNameOid, System.Formats.Asn1.UniversalTagNumber.UTF8String, "ädä"));
        Assert.Equal(expected, certificate.SubjectName.RawData);
        Assert.Equal("ädä", leaf.CommonName);
    }

    [Fact]
    public void Sign_RequestThatAsksForEverything_GetsNothingOfIt()
    {
        using var ca = Cas.New();
        using var authority = X509Certificate2.CreateFromPem(ca.CertificatePem);

        var leaf = ca.Sign(Csrs.Accept(CheckedCsrTests.Greedy()), Cas.Template());

        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Der.Span);
        Assert.Equal("ada@example.org", leaf.CommonName);
        Assert.Equal(["jit:01jabc"], leaf.Organizations);
        AssertExtensions(certificate, authority);
    }

    /// <summary>One in 256 serials begins with a byte that DER puts a sign byte before, and some are shorter.</summary>
    [Fact]
    public void Sign_AThousandTimes_SerialWithoutSignByte()
    {
        using var ca = Cas.New();
        var csr = Csrs.Accept(Csrs.P256());
        var leaves = Enumerable.Range(0, 1000).Select(_ => ca.Sign(csr, Cas.Template())).ToList();
        Assert.All(leaves, leaf => Assert.Equal(SerialOf(leaf), leaf.Serial));
        Assert.Equal(leaves.Count, leaves.Select(leaf => leaf.Serial).Distinct().Count());
    }

    [Fact]
    public async Task SignAsync_Properties_SayWhatTheCertificateSays()
    {
        using var ca = Cas.New();
        var csr = Csrs.Accept(Csrs.P256());

        var leaf = await ca.SignAsync(csr, Cas.Template(), TestContext.Current.CancellationToken);

        using var certificate = X509Certificate2.CreateFromPem(leaf.Pem);
        Assert.Equal(certificate.RawData, leaf.Der.ToArray());
        Assert.Equal(SerialOf(leaf), leaf.Serial);
        Assert.Equal(certificate.GetCertHashString(HashAlgorithmName.SHA256), leaf.Sha256, ignoreCase: true);
        Assert.Equal(leaf.Sha256, leaf.Sha256.ToLowerInvariant());
        Assert.Equal(Cas.Template().NotBefore, leaf.NotBefore);
        Assert.Equal(Cas.Template().NotAfter, leaf.NotAfter);
        Assert.Null(leaf.Mismatch(csr, Cas.Template()));
    }

    [Fact]
    public async Task SignAsync_Cancelled_Throws()
    {
        using var ca = Cas.New();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => ca.SignAsync(Csrs.Accept(Csrs.P256()), Cas.Template(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Sign_CaEndsWithTheLeafOrBefore_OnlyTheFirstSigns()
    {
        var csr = Csrs.Accept(Csrs.P256());
        using var enough = Cas.New(TimeSpan.FromMinutes(10));
        using var tooShort = Cas.New(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));

        Assert.Equal(enough.NotAfter, enough.Sign(csr, Cas.Template()).NotAfter);
        Assert.Contains(
            "The CA ends at 2026-05-01 12:09:59Z",
            Assert.Throws<SignerException>(() => tooShort.Sign(csr, Cas.Template())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_Disposed_Throws()
    {
        var ca = Cas.New();
        ca.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template()));
    }

    [Fact]
    public void Sign_TenThousandFromManyThreads_SerialsUniquePositiveAndWide()
    {
        using var ca = Cas.New();
        var csr = Csrs.Accept(Csrs.P256());
        var serials = new ConcurrentBag<string>();

        Parallel.For(0, 10_000, _ => serials.Add(ca.Sign(csr, Cas.Template()).Serial));

        var numbers = serials.Select(serial => new BigInteger(Convert.FromHexString(serial), isUnsigned: true, isBigEndian: true)).ToArray();
        Assert.Equal(10_000, numbers.Distinct().Count());
        Assert.All(numbers, number => Assert.True(number.Sign > 0 && number.GetBitLength() <= 127));
        // Of 10,000 numbers of 127 random bits about half have the top bit set; 4,500 is ten standard deviations away.
        Assert.InRange(numbers.Count(number => number.GetBitLength() == 127), 4500, 5500);
    }

    private static void AssertExtensions(X509Certificate2 leaf, X509Certificate2 authority)
    {
        Assert.True(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single() is { Critical: true, CertificateAuthority: false });
        Assert.True(leaf.Extensions.OfType<X509KeyUsageExtension>().Single()
            is { Critical: true, KeyUsages: X509KeyUsageFlags.DigitalSignature });
        var usages = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages;
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], usages.Cast<Oid>().Select(usage => usage.Value));
        var own = leaf.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single();
        Assert.Equal(20, own.SubjectKeyIdentifierBytes.Length);
        Assert.Equal(
            authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
            leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());
        Assert.Equal(5, leaf.Extensions.Count);
    }

    private static string SerialOf(Leaf leaf)
    {
        using var certificate = X509Certificate2.CreateFromPem(leaf.Pem);
        return Convert.ToHexStringLower(certificate.SerialNumberBytes.Span.TrimStart((byte)0));
    }
}
