namespace AccessGateway.Pki;

using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

/// <summary>
/// A leaf, field by field (RFC 5280, section 4): no CA, a key for signatures, for TLS clients alone, without alternative names. Written in one
/// pass, with what never changes already in DER: this is what a gateway does all day.
/// </summary>
internal static class LeafContents
{
    /// <summary>From here on years have four digits (RFC 5280, section 4.1.2.5).</summary>
    private const int FirstGeneralizedYear = 2050;

    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 3);

    private static readonly byte[] FixedExtensions =
    [
        .. Extension("2.5.29.19", critical: true, [0x30, 0x00]),
        .. Extension("2.5.29.15", critical: true, [0x03, 0x02, 0x07, 0x80]),
        .. Extension("2.5.29.37", critical: false, [0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]),
    ];

    /// <summary>What the certificate says, to be signed, and what a reader of it would find.</summary>
    internal static (byte[] Der, CertificateFields Fields) Write(CheckedCsr csr, LeafTemplate template, Issuer issuer)
    {
        var serial = CertificateProfile.RandomSerial();
        var keyIdentifier = CertificateProfile.KeyIdentifier(csr.KeyBits.Span);
        var writer = new AsnWriter(AsnEncodingRules.DER, 1024);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Version)) writer.WriteInteger(2);
            writer.WriteIntegerUnsigned(serial);
            writer.WriteEncodedValue(issuer.SignatureAlgorithmDer);
            writer.WriteEncodedValue(issuer.NameDer);
            using (writer.PushSequence())
            {
                WriteTime(writer, template.NotBefore);
                WriteTime(writer, template.NotAfter);
            }

            var subject = writer.PushSequence();
            // O before CN, as Kubernetes writes it.
            WriteName(writer, SubjectNames.OrganizationOid, template.Organization);
            WriteName(writer, SubjectNames.CommonNameOid, template.CommonName);
            subject.Dispose();
            writer.WriteEncodedValue(csr.SubjectPublicKeyInfo.Span);
            WriteExtensions(writer, issuer.KeyIdentifier, keyIdentifier);
        }

        return (writer.Encode(), FieldsOf(serial, csr, template, keyIdentifier));
    }

    private static CertificateFields FieldsOf(byte[] serial, CheckedCsr csr, LeafTemplate template, byte[] keyIdentifier) => new()
    {
        Serial = Convert.ToHexStringLower(serial),
        Subject = new SubjectNames(template.CommonName, [template.Organization], HasOnlyCommonNameAndOrganizations: true),
        SubjectDer = ReadOnlyMemory<byte>.Empty,
        NotBefore = template.NotBefore,
        NotAfter = template.NotAfter,
        SubjectPublicKeyInfo = csr.SubjectPublicKeyInfo,
        IsAuthority = false,
        PathLength = null,
        HasAlternativeName = false,
        UnknownCriticalExtension = null,
        ExtendedUsages = [CertificateFields.ClientAuthenticationOid],
        KeyUsages = X509KeyUsageFlags.DigitalSignature,
        KeyIdentifier = keyIdentifier,
    };

    private static void WriteExtensions(AsnWriter writer, ReadOnlySpan<byte> issuerKey, ReadOnlySpan<byte> subjectKey)
    {
        using (writer.PushSequence(Extensions))
        using (writer.PushSequence())
        {
            var rest = FixedExtensions.AsSpan();
            while (!rest.IsEmpty)
            {
                AsnDecoder.ReadEncodedValue(rest, AsnEncodingRules.DER, out _, out _, out var length);
                writer.WriteEncodedValue(rest[..length]);
                rest = rest[length..];
            }

            WriteExtension(writer, "2.5.29.35", false, [0x30, (byte)(issuerKey.Length + 2), 0x80, (byte)issuerKey.Length, .. issuerKey]);
            WriteExtension(writer, "2.5.29.14", false, [0x04, (byte)subjectKey.Length, .. subjectKey]);
        }
    }

    private static byte[] Extension(string oid, bool critical, byte[] value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        WriteExtension(writer, oid, critical, value);
        return writer.Encode();
    }

    private static void WriteExtension(AsnWriter writer, string oid, bool critical, ReadOnlySpan<byte> value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (critical) writer.WriteBoolean(true);
            writer.WriteOctetString(value);
        }
    }

    private static void WriteName(AsnWriter writer, string oid, string value)
    {
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time.Year < FirstGeneralizedYear) writer.WriteUtcTime(time, FirstGeneralizedYear - 1);
        else writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
    }
}
