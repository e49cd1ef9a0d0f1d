namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using Xunit;

public sealed class LocalCaOpenSslTests
{
    [Fact]
    public void Sign_Leaf_ReadsAsTheProfile()
    {
        using var openSsl = new OpenSsl();
        using var ca = Cas.New();
        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template());
        openSsl.Write("leaf.pem", leaf.Pem);

        var text = openSsl.Run("x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "RFC2253");
        var lines = text.Split('\n').Select(line => line.Trim()).ToArray();

        Assert.Contains("Version: 3 (0x2)", lines);
        Assert.Contains("Issuer: CN=gateway dev", lines);
        Assert.Contains("Subject: CN=ada@example.org,O=jit:01jabc", lines);
        Assert.Contains("Not Before: May  1 11:59:00 2026 GMT", lines);
        Assert.Contains("Not After : May  1 12:10:00 2026 GMT", lines);
        Assert.Equal(2, lines.Count(line => line == "Signature Algorithm: ecdsa-with-SHA256"));
        AssertFollows(lines, "X509v3 Basic Constraints: critical", "CA:FALSE");
        AssertFollows(lines, "X509v3 Key Usage: critical", "Digital Signature");
        AssertFollows(lines, "X509v3 Extended Key Usage:", "TLS Web Client Authentication");
        Assert.Contains("X509v3 Subject Key Identifier:", lines);
        Assert.Contains("X509v3 Authority Key Identifier:", lines);
        Assert.Equal(5, lines.Count(line => line.StartsWith("X509v3 ", StringComparison.Ordinal) && line != "X509v3 extensions:"));
    }

    [Fact]
    public void Sign_Leaf_SerialAndFingerprintAsOpenSslPrintsThem()
    {
        using var openSsl = new OpenSsl();
        using var ca = Cas.New();
        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template());
        openSsl.Write("leaf.pem", leaf.Pem);

        Assert.Equal($"serial={leaf.Serial}", openSsl.Run("x509", "-in", "leaf.pem", "-noout", "-serial").Trim(), ignoreCase: true);
        Assert.EndsWith(
            "=" + leaf.Sha256,
            openSsl.Run("x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sha256").Trim().Replace(":", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("ecdsa256")]
    [InlineData("ecdsa384")]
    [InlineData("ed25519")]
    [InlineData("rsa2048")]
    public void Sign_EachKindOfKey_VerifiesAsTlsClientAndNoServer(string kind)
    {
        var pem = kind switch
        {
            "ecdsa256" => Csrs.P256(),
            "ecdsa384" => Csrs.Ec(ECCurve.NamedCurves.nistP384, "CN=a", HashAlgorithmName.SHA384),
            "ed25519" => CheckedCsrTests.OpenSslRequest("ed25519", []),
            _ => Csrs.Rsa(2048, HashAlgorithmName.SHA256),
        };
        using var ca = Cas.New();

        AssertVerifies(ca, ca.Sign(Csrs.Accept(pem), Cas.Template()));
    }

    [Fact]
    public void Sign_NamesBeyondAscii_Verifies()
    {
        using var ca = LocalCa.Generate("Gateway für Ärzte", Cas.Now, TimeSpan.FromDays(1));

        AssertVerifies(ca, ca.Sign(Csrs.Accept(Csrs.P256()), Cas.Template("ädä", "jit:ö")));
    }

    [Fact]
    public void Sign_EndsAfter2049_WritesGeneralizedTimeAndVerifies()
    {
        using var ca = Cas.New(TimeSpan.FromDays(36500));
        var template = new LeafTemplate("ada", "jit:1", Cas.Now, new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var leaf = ca.Sign(Csrs.Accept(Csrs.P256()), template);

        Assert.Equal(template.NotAfter, leaf.NotAfter);
        AssertVerifies(ca, leaf);
    }

    internal static void AssertVerifies(LocalCa ca, Leaf leaf)
    {
        using var openSsl = new OpenSsl();
        openSsl.Write("ca.pem", ca.CertificatePem);
        openSsl.Write("leaf.pem", leaf.Pem);
        var at = Cas.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] arguments = ["verify", "-x509_strict", "-partial_chain", "-check_ss_sig", "-attime", at, "-CAfile", "ca.pem", "-purpose"];

        Assert.Contains("leaf.pem: OK", openSsl.Run([.. arguments, "sslclient", "leaf.pem"]), StringComparison.Ordinal);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => openSsl.Run([.. arguments, "sslserver", "leaf.pem"]));
    }

    private static void AssertFollows(string[] lines, string heading, string line) => Assert.Equal(line, lines[Array.IndexOf(lines, heading) + 1]);
}
