namespace AccessGateway.Pki;

using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

/// <summary>The certificate of a CA, field by field (RFC 5280, section 4); <see cref="LeafContents"/> has that of a leaf.</summary>
internal static class CertificateProfile
{
    private const int SerialLength = 16;
    private const int KeyIdentifierLength = 20;

    /// <summary>A CA that may sign leaves and no other CA.</summary>
    internal static V3TbsCertificateGenerator Authority(
        SubjectPublicKeyInfo key,
        X509Name subject,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        var extensions = new X509ExtensionsGenerator();
        extensions.AddExtension(X509Extensions.BasicConstraints, true, new BasicConstraints(pathLenConstraint: 0));
        extensions.AddExtension(X509Extensions.KeyUsage, true, new KeyUsage(KeyUsage.KeyCertSign | KeyUsage.CrlSign));
        extensions.AddExtension(X509Extensions.SubjectKeyIdentifier, false, new SubjectKeyIdentifier(KeyIdentifier(key)));
        return Contents(subject, key, (notBefore, notAfter), extensions);
    }

    /// <summary>A name of one attribute a part, each a UTF8String (RFC 5280, section 4.1.2.4).</summary>
    internal static X509Name Name(params (DerObjectIdentifier Type, string Value)[] attributes)
    {
        var parts = new Asn1EncodableVector();
        foreach (var (type, value) in attributes) parts.Add(new DerSet(new DerSequence(type, new DerUtf8String(value))));
        return X509Name.GetInstance(new DerSequence(parts));
    }

    internal static byte[] KeyIdentifier(SubjectPublicKeyInfo key) => KeyIdentifier(key.PublicKey.GetBytes());

    /// <summary>The first 160 bits of SHA-256 over the key's bits (RFC 7093, section 2, method 1).</summary>
    internal static byte[] KeyIdentifier(ReadOnlySpan<byte> keyBits) => SHA256.HashData(keyBits)[..KeyIdentifierLength];

    private static V3TbsCertificateGenerator Contents(
        X509Name subject,
        SubjectPublicKeyInfo key,
        (DateTimeOffset NotBefore, DateTimeOffset NotAfter) validity,
        X509ExtensionsGenerator extensions)
    {
        var contents = new V3TbsCertificateGenerator();
        contents.SetSerialNumber(new DerInteger(new BigInteger(1, RandomSerial())));
        contents.SetSubject(subject);
        contents.SetSubjectPublicKeyInfo(key);
        contents.SetStartDate(new Time(validity.NotBefore.UtcDateTime));
        contents.SetEndDate(new Time(validity.NotAfter.UtcDateTime));
        contents.SetExtensions(extensions.Generate());
        return contents;
    }

    /// <summary>Positive, with 127 random bits: no list of used serials is needed for them to be unique. Without the zeros in front, which DER forbids.</summary>
    internal static byte[] RandomSerial()
    {
        var serial = new byte[SerialLength];
        do
        {
            RandomNumberGenerator.Fill(serial);
            serial[0] &= 0x7F;
        }
        while (!serial.AsSpan().ContainsAnyExcept((byte)0));

        return serial[serial.AsSpan().IndexOfAnyExcept((byte)0)..];
    }
}
