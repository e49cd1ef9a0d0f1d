namespace AccessGateway.Pki;

using System.Formats.Asn1;

/// <summary>The parts of a PKCS #10 request (RFC 2986, section 4), each still in DER.</summary>
internal sealed record CsrParts(
    ReadOnlyMemory<byte> SignedInfo,
    ReadOnlyMemory<byte> Subject,
    ReadOnlyMemory<byte> SubjectPublicKeyInfo,
    AlgorithmId SignatureAlgorithm,
    ReadOnlyMemory<byte> Signature)
{
    private static readonly Asn1Tag AttributesTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <exception cref="AsnContentException">It is no request.</exception>
    internal static CsrParts Read(ReadOnlyMemory<byte> der)
    {
        var whole = new AsnReader(der, AsnEncodingRules.DER);
        var request = whole.ReadSequence();
        whole.ThrowIfNotEmpty();

        var signedInfo = request.ReadEncodedValue();
        var algorithm = AlgorithmId.Read(request);
        var signature = Bits.Read(request);
        request.ThrowIfNotEmpty();

        var info = new AsnReader(signedInfo, AsnEncodingRules.DER).ReadSequence();
        if (!info.TryReadInt32(out var version) || version != 0) throw new AsnContentException();

        var subject = info.ReadEncodedValue();
        var key = info.ReadEncodedValue();
        // RFC 2986 demands the attributes, some tools leave out an empty set of them.
        if (info.HasData) info.ReadSetOf(skipSortOrderValidation: true, AttributesTag);
        info.ThrowIfNotEmpty();
        return new CsrParts(signedInfo, subject, key, algorithm, signature);
    }
}
