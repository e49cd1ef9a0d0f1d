namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

/// <summary>Certificates as another signer, a cluster's or a broken one, might return them.</summary>
public sealed class LeafTests
{
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    [Fact]
    public void Mismatch_AsAsked_Null() => Assert.Null(MismatchOf(new Foreign()));

    [Fact]
    public void Mismatch_NoBasicConstraints_Null() => Assert.Null(MismatchOf(new Foreign { IsAuthority = null }));

    [Fact]
    public void Mismatch_EndsEarlier_Null() => Assert.Null(MismatchOf(new Foreign { NotAfter = Cas.Now.AddMinutes(5) }));

    [Theory]
    [InlineData("O=jit:01jabc,CN=bob")]
    [InlineData("O=jit:01jabc")]
    [InlineData("O=jit:01jabc,CN=ada@example.org,CN=bob")]
    [InlineData("O=jit:01jabc,CN=bob,CN=ada@example.org")]
    [InlineData("O=jit:01jabc,CN=ada@example.org,OU=x")]
    [InlineData("CN=Ada@example.org,O=jit:01jabc")]
    public void Mismatch_OtherCommonName_Told(string subject) => AssertTold("one common name", new Foreign { Subject = subject });

    [Theory]
    [InlineData("CN=ada@example.org")]
    [InlineData("O=jit:other,CN=ada@example.org")]
    [InlineData("O=jit:01jabc,O=system:masters,CN=ada@example.org")]
    [InlineData("O=jit:01jabc,O=jit:01jabc,CN=ada@example.org")]
    public void Mismatch_OtherOrganizations_Told(string subject) => AssertTold("one organization", new Foreign { Subject = subject });

    [Fact]
    public void Mismatch_OtherKey_Told() => AssertTold("another public key", new Foreign { HasOtherKey = true });

    [Fact]
    public void Mismatch_EndsASecondLater_Told() =>
        AssertTold("ends later", new Foreign { NotAfter = Cas.Template().NotAfter.AddSeconds(1) });

    [Fact]
    public void Mismatch_Authority_Told() => AssertTold("a CA's", new Foreign { IsAuthority = true });

    [Fact]
    public void Mismatch_AlternativeName_Told() => AssertTold("alternative name", new Foreign { AlternativeName = "kubernetes" });

    [Theory]
    [InlineData]
    [InlineData(ServerAuth)]
    [InlineData(AnyUsage)]
    [InlineData(ClientAuth, ServerAuth)]
    [InlineData(ClientAuth, AnyUsage)]
    public void Mismatch_NotForClientsAlone_Told(params string[] usages) => AssertTold("TLS clients alone", new Foreign { Usages = usages });

    [Fact]
    public void Parse_OwnLeaf_Same()
    {
        using var ca = Cas.New();
        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template());

        var parsed = Leaf.Parse(leaf.Pem);

        Assert.Equal(leaf.Pem, parsed.Pem);
        Assert.Equal(leaf.Sha256, parsed.Sha256);
        Assert.Equal(leaf.Serial, parsed.Serial);
    }

    /// <summary>One hour before and after the clocks go back in Berlin: the same local time twice, where the machine stands there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Parse_EndsWhileClocksGoBack_Exact(int hour)
    {
        var end = new DateTimeOffset(2026, 10, 25, hour, 30, 0, TimeSpan.Zero);

        Assert.Equal(end, Leaf.Parse(new Foreign { NotAfter = end }.Pem(out _)).NotAfter);
    }

    [Fact]
    public void Parse_SerialWithSignByte_GivenWithoutIt() => Assert.Equal("ff01", Leaf.Parse(new Foreign { Serial = [0xFF, 0x01] }.Pem(out _)).Serial);

    [Fact]
    public void Parse_Junk_ThrowsFormatException()
    {
        var pem = new Foreign().Pem(out _);
        var der = Csrs.Der(pem);

        Assert.All(
            ["", "junk", pem + pem, Csrs.P256(), Csrs.Pem([0x30, 0x00], "CERTIFICATE"), Csrs.Pem([.. der, 0], "CERTIFICATE"),
                Csrs.Pem(der.AsSpan(..^1), "CERTIFICATE"), pem.PadRight(33_000)],
            text => Assert.Throws<FormatException>(() => Leaf.Parse(text)));
        Assert.Throws<FormatException>(() => Leaf.Parse(null!));
    }

    [Fact]
    public void Parse_ExtensionTwice_ThrowsFormatException()
    {
        var der = Csrs.Der(new Foreign { AlternativeName = "kubernetes" }.Pem(out _));
        // SubjectAltName becomes a second ExtendedKeyUsage.
        der[der.AsSpan().IndexOf<byte>([0x55, 0x1D, 0x11]) + 2] = 0x25;

        Assert.Throws<FormatException>(() => Leaf.Parse(Csrs.Pem(der, "CERTIFICATE")));
    }

    private static void AssertTold(string reason, Foreign foreign) => Assert.Contains(reason, MismatchOf(foreign), StringComparison.Ordinal);

    private static string? MismatchOf(Foreign foreign)
    {
        var pem = foreign.Pem(out var csr);
        return Leaf.Parse(pem).Mismatch(csr, Cas.Template());
    }

    private sealed class Foreign
    {
        public string Subject { get; init; } = "O=jit:01jabc,CN=ada@example.org";

        public DateTimeOffset NotAfter { get; init; } = Cas.Template().NotAfter;

        public bool? IsAuthority { get; init; } = false;

        public string[] Usages { get; init; } = [ClientAuth];

        public bool HasOtherKey { get; init; }

        public string? AlternativeName { get; init; }

        public byte[] Serial { get; init; } = [1, 2, 3];

        /// <summary>The certificate, and the request that it should answer.</summary>
        public string Pem(out CheckedCsr csr)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            csr = Csrs.Accept(HasOtherKey ? Csrs.P256() : new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSigningRequestPem());

            var request = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256);
            if (IsAuthority is { } isAuthority)
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
            if (Usages.Length > 0)
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages.Select(oid => new Oid(oid))], false));
            if (AlternativeName is not null)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName(AlternativeName);
                request.CertificateExtensions.Add(names.Build());
            }

            using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var generator = X509SignatureGenerator.CreateForECDsa(issuer);
            using var certificate = request.Create(new X500DistinguishedName("CN=kubernetes"), generator, Cas.Now.AddMinutes(-5), NotAfter, Serial);
            return certificate.ExportCertificatePem();
        }
    }
}
