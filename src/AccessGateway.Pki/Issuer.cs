namespace AccessGateway.Pki;

using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

/// <summary>What a CA puts into the certificates that it signs.</summary>
/// <param name="Name">Its subject, byte for byte as in its own certificate.</param>
/// <param name="KeyIdentifier">Of its own certificate.</param>
internal sealed record Issuer(CaKey Key, X509Name Name, byte[] KeyIdentifier)
{
    /// <summary>The algorithm in DER, as it stands twice in a certificate.</summary>
    internal byte[] SignatureAlgorithmDer { get; } = Key.SignatureAlgorithm.GetDerEncoded();

    internal byte[] NameDer { get; } = Name.GetDerEncoded();

    /// <summary>Signs what a certificate says, and gives the certificate in DER (RFC 5280, section 4.1).</summary>
    internal byte[] Sign(byte[] contents)
    {
        var signature = Key.Sign(contents);
        var writer = new AsnWriter(AsnEncodingRules.DER, contents.Length + signature.Length + 64);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(contents);
            writer.WriteEncodedValue(SignatureAlgorithmDer);
            writer.WriteBitString(signature);
        }

        return writer.Encode();
    }

    /// <summary>Signs what a certificate says, and gives the certificate in DER (RFC 5280, section 4.1).</summary>
    internal byte[] Sign(V3TbsCertificateGenerator contents)
    {
        contents.SetIssuer(Name);
        contents.SetSignature(Key.SignatureAlgorithm);
        var signed = contents.GenerateTbsCertificate();
        var signature = Key.Sign(signed.GetDerEncoded());
        return new DerSequence(signed, Key.SignatureAlgorithm, new DerBitString(signature)).GetDerEncoded();
    }
}
