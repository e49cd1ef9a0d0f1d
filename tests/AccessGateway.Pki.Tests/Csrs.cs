namespace AccessGateway.Pki.Tests;

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

/// <summary>Requests, good ones and ones put together by hand.</summary>
internal static class Csrs
{
    internal const string Label = "CERTIFICATE REQUEST";
    internal const string EcdsaSha256 = "1.2.840.10045.4.3.2";

    internal static string P256(string subject = "O=jit:asked,CN=asked") => Ec(ECCurve.NamedCurves.nistP256, subject, HashAlgorithmName.SHA256);

    internal static string Ec(ECCurve curve, string subject, HashAlgorithmName hash)
    {
        using var key = ECDsa.Create(curve);
        return new CertificateRequest(subject, key, hash).CreateSigningRequestPem();
    }

    internal static string Rsa(int bits, HashAlgorithmName hash, RSASignaturePadding? padding = null)
    {
        using var key = RSA.Create(bits);
        return new CertificateRequest("CN=asked", key, hash, padding ?? RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
    }

    internal static byte[] Der(string pem)
    {
        var fields = PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }

    internal static string Pem(ReadOnlySpan<byte> der, string label = Label) => PemEncoding.WriteString(label, der);

    internal static CheckedCsr Accept(string pem) => Assert.IsType<CsrResult.Accepted>(CheckedCsr.Read(pem)).Csr;

    internal static string Refuse(string? pem) => Assert.IsType<CsrResult.Refused>(CheckedCsr.Read(pem)).Reason;

    /// <summary>A P-256 request with whatever parts the test wants, signed as it should be.</summary>
    internal static string ByHand(
        int version = 0,
        byte[]? subject = null,
        byte[]? publicKey = null,
        Action<AsnWriter>? attributes = null,
        string signatureOid = EcdsaSha256,
        Action<AsnWriter>? signatureParameters = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            info.WriteInteger(version);
            info.WriteEncodedValue(subject ?? new X500DistinguishedName("CN=asked").RawData);
            info.WriteEncodedValue(publicKey ?? key.ExportSubjectPublicKeyInfo());
            attributes?.Invoke(info);
        }

        var signature = key.SignData(info.Encode(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Pem(Assemble(info.Encode(), signatureOid, signatureParameters, signature));
    }

    internal static byte[] Assemble(byte[] info, string signatureOid, Action<AsnWriter>? signatureParameters, byte[] signature)
    {
        var request = new AsnWriter(AsnEncodingRules.DER);
        using (request.PushSequence())
        {
            request.WriteEncodedValue(info);
            using (request.PushSequence())
            {
                request.WriteObjectIdentifier(signatureOid);
                signatureParameters?.Invoke(request);
            }

            request.WriteBitString(signature);
        }

        return request.Encode();
    }

    internal static byte[] KeyInfo(string oid, Action<AsnWriter>? parameters, byte[] bits, int unusedBits = 0)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                parameters?.Invoke(writer);
            }

            writer.WriteBitString(bits, unusedBits);
        }

        return writer.Encode();
    }

    internal static byte[] Name(params (string Oid, UniversalTagNumber Type, string Value)[] attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (oid, type, value) in attributes)
            {
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    writer.WriteCharacterString(type, value);
                }
            }
        }

        return writer.Encode();
    }
}
