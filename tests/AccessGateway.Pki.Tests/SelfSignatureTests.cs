namespace AccessGateway.Pki.Tests;

using System.Security.Cryptography;
using Xunit;

public sealed class SelfSignatureTests
{
    [Fact]
    public void Read_SignatureOfAnotherKey_Refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        RefusedAsWrong(Csrs.ByHand(publicKey: other.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void Read_Ed25519SignatureOfAnotherKey_Refused()
    {
        var der = Csrs.Der(CheckedCsrTests.OpenSslRequest("ed25519", []));
        der[^1] ^= 1;

        RefusedAsWrong(Csrs.Pem(der));
    }

    [Fact]
    public void Read_RsaSignatureChanged_Refused()
    {
        var der = Csrs.Der(Csrs.Rsa(2048, HashAlgorithmName.SHA256));
        der[^1] ^= 1;

        RefusedAsWrong(Csrs.Pem(der));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3006020100020100")]
    [InlineData("300602010102010100")]
    public void Read_SignatureWithoutForm_Refused(string signature)
    {
        var parts = CsrParts.Read(Csrs.Der(Csrs.P256()));

        RefusedAsWrong(Csrs.Pem(Csrs.Assemble(parts.SignedInfo.ToArray(), Csrs.EcdsaSha256, null, Convert.FromHexString(signature))));
    }

    [Fact]
    public void Read_Sha1_Refused()
    {
        using var openSsl = new OpenSsl();
        openSsl.Run("genrsa", "-out", "rsa.pem", "2048");
        openSsl.Run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem");

        RefusedForAlgorithm(openSsl.Run("req", "-new", "-sha1", "-key", "ec.pem", "-subj", "/CN=a"), "1.2.840.10045.4.1");
        RefusedForAlgorithm(openSsl.Run("req", "-new", "-sha1", "-key", "rsa.pem", "-subj", "/CN=a"), "1.2.840.113549.1.1.5");
    }

    [Fact]
    public void Read_RsaPss_Refused() =>
        RefusedForAlgorithm(Csrs.Rsa(2048, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), "1.2.840.113549.1.1.10");

    [Theory]
    [InlineData("1.2.840.113549.1.1.11")]
    [InlineData("1.3.101.112")]
    [InlineData("1.2.840.10045.4.3.1")]
    public void Read_AlgorithmOfAnotherKind_Refused(string oid) => RefusedForAlgorithm(Csrs.ByHand(signatureOid: oid), oid);

    [Fact]
    public void Read_EcdsaWithParameters_Refused() =>
        RefusedForAlgorithm(Csrs.ByHand(signatureParameters: writer => writer.WriteNull()), Csrs.EcdsaSha256);

    private static void RefusedAsWrong(string pem) => Assert.Contains("own signature is wrong", Csrs.Refuse(pem), StringComparison.Ordinal);

    private static void RefusedForAlgorithm(string pem, string oid) =>
        Assert.Contains($"The signature algorithm {oid} is not allowed", Csrs.Refuse(pem), StringComparison.Ordinal);
}
