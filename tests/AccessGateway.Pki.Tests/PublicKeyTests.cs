namespace AccessGateway.Pki.Tests;

using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Xunit;

public sealed class PublicKeyTests
{
    private const string EcOid = "1.2.840.10045.2.1";
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string P256Oid = "1.2.840.10045.3.1.7";
    private const string Ed25519Oid = "1.3.101.112";

    [Theory]
    [InlineData("1.3.132.0.10")]
    [InlineData("1.3.132.0.35")]
    public void Read_OtherCurve_RefusedByName(string oid)
    {
        var reason = Csrs.Refuse(Csrs.Ec(ECCurve.CreateFromValue(oid), "CN=a", HashAlgorithmName.SHA256));

        Assert.Contains($"The curve {oid} is not allowed", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExplicitParameters_Refused()
    {
        var pem = CheckedCsrTests.OpenSslRequest("ec", ["ec_paramgen_curve:prime256v1", "ec_param_enc:explicit"]);

        Assert.Contains("explicit parameters", Csrs.Refuse(pem), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NullOrNoCurve_Refused()
    {
        Assert.Contains("not named", Refuse(Csrs.KeyInfo(EcOid, writer => writer.WriteNull(), new byte[65])), StringComparison.Ordinal);
        Assert.Contains("not named", Refuse(Csrs.KeyInfo(EcOid, null, new byte[65])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("")]
    [InlineData("036B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296")]
    public void Read_PointNotUncompressed_Refused(string point) =>
        Assert.Contains("not an uncompressed point", Refuse(OnP256(Convert.FromHexString(point))), StringComparison.Ordinal);

    [Fact]
    public void Read_PointOffItsCurve_Refused() =>
        Assert.Contains("signature is wrong", Refuse(OnP256([4, .. Enumerable.Repeat((byte)1, 64)])), StringComparison.Ordinal);

    [Fact]
    public void Read_UnusedBits_Refused() =>
        Refuse(Csrs.KeyInfo(EcOid, writer => writer.WriteObjectIdentifier(P256Oid), [4, .. new byte[64]], unusedBits: 1));

    [Fact]
    public void Read_Rsa1024_Refused() =>
        Assert.Contains("RSA keys of 1024 bits", Csrs.Refuse(Csrs.Rsa(1024, HashAlgorithmName.SHA256)), StringComparison.Ordinal);

    [Theory]
    [InlineData(2047)]
    [InlineData(4097)]
    [InlineData(16384)]
    public void Read_RsaSizeOutOfRange_Refused(int bits) =>
        Assert.Contains($"RSA keys of {bits} bits", Refuse(Rsa((BigInteger.One << (bits - 1)) + 1, 65537)), StringComparison.Ordinal);

    [Theory]
    [InlineData("3")]
    [InlineData("65535")]
    [InlineData("65538")]
    [InlineData("4294967297")]
    [InlineData("-65537")]
    [InlineData("1000000000000000000000000000000000000000000000001")]
    public void Read_RsaExponentOutOfRange_Refused(string exponent) =>
        Assert.Contains(
            "The RSA exponent",
            Refuse(Rsa((BigInteger.One << 2047) + 1, BigInteger.Parse(exponent, null))),
            StringComparison.Ordinal);

    [Fact]
    public void Read_RsaModulusEvenOrNegative_Refused() =>
        Assert.All(
            [BigInteger.One << 2047, -((BigInteger.One << 2047) + 1), BigInteger.Zero],
            modulus => Assert.Contains("The RSA modulus", Refuse(Rsa(modulus, 65537)), StringComparison.Ordinal));

    [Fact]
    public void Read_RsaWithoutNull_Refused() => Refuse(Csrs.KeyInfo(RsaOid, null, RsaNumbers((BigInteger.One << 2047) + 1, 65537)));

    [Fact]
    public void Read_RsaWithBytesBehind_Refused()
    {
        byte[] numbers = [.. RsaNumbers((BigInteger.One << 2047) + 1, 65537), 0];

        Assert.Contains("RFC 2986", Refuse(Csrs.KeyInfo(RsaOid, writer => writer.WriteNull(), numbers)), StringComparison.Ordinal);
    }

    /// <summary>The neutral element, whose signatures anyone can make; a point of order 8; no point at all.</summary>
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("C7176A703D4DD84FBA3C0B760D10670F2A2053FA2C39CCC64EC7FD7792AC037A")]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")]
    public void Read_Ed25519KeyOutsideItsGroup_Refused(string key) => RefusedForItsGroup(Convert.FromHexString(key));

    [Fact]
    public void Read_Ed25519KeyOfMixedOrder_Refused()
    {
        var key = Csrs.Accept(CheckedCsrTests.OpenSslRequest("ed25519", [])).SubjectPublicKeyInfo[^32..].ToArray();

        // (x, y) and the point (0, -1), of order 2, add up to (-x, -y).
        var y = new BigInteger([.. key[..31], (byte)(key[31] & 0x7F)], isUnsigned: true);
        var negated = new byte[32];
        Assert.True(((BigInteger.One << 255) - 19 - y).TryWriteBytes(negated, out _, isUnsigned: true));
        negated[31] |= (byte)(~key[31] & 0x80);

        RefusedForItsGroup(negated);
    }

    [Fact]
    public void Read_Ed25519KeyTooShort_Refused() =>
        Assert.Contains("RFC 2986", Refuse(Csrs.KeyInfo(Ed25519Oid, null, new byte[31])), StringComparison.Ordinal);

    [Theory]
    [InlineData("1.2.840.10040.4.1")]
    [InlineData("1.3.101.113")]
    [InlineData("1.2.840.113549.1.1.10")]
    public void Read_OtherAlgorithm_RefusedByName(string oid) =>
        Assert.Contains($"Keys of the algorithm {oid} are not allowed", Refuse(Csrs.KeyInfo(oid, null, [1, 2, 3])), StringComparison.Ordinal);

    private static string Refuse(byte[] publicKey) => Csrs.Refuse(Csrs.ByHand(publicKey: publicKey));

    private static void RefusedForItsGroup(byte[] key) =>
        Assert.Contains("prime-order group", Refuse(Csrs.KeyInfo(Ed25519Oid, null, key)), StringComparison.Ordinal);

    private static byte[] OnP256(byte[] point) => Csrs.KeyInfo(EcOid, writer => writer.WriteObjectIdentifier(P256Oid), point);

    private static byte[] Rsa(BigInteger modulus, BigInteger exponent) =>
        Csrs.KeyInfo(RsaOid, writer => writer.WriteNull(), RsaNumbers(modulus, exponent));

    private static byte[] RsaNumbers(BigInteger modulus, BigInteger exponent)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(modulus);
            writer.WriteInteger(exponent);
        }

        return writer.Encode();
    }
}
