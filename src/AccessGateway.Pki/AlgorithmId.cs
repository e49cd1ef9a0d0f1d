namespace AccessGateway.Pki;

using System.Formats.Asn1;

/// <summary>An AlgorithmIdentifier (RFC 5280, section 4.1.1.2). The parameters are empty where they are absent.</summary>
internal sealed record AlgorithmId(string Oid, ReadOnlyMemory<byte> Parameters)
{
    private static readonly Asn1Tag OidTag = new(UniversalTagNumber.ObjectIdentifier);

    internal bool HasNoParameters => Parameters.IsEmpty;

    /// <summary>ASN.1 NULL, which is one sequence of bytes in DER.</summary>
    internal bool HasNullParameters => Parameters.Span.SequenceEqual<byte>([0x05, 0x00]);

    /// <summary>The object identifier that is the only parameter, or null.</summary>
    internal string? OidParameter()
    {
        if (Parameters.IsEmpty) return null;

        var reader = new AsnReader(Parameters, AsnEncodingRules.DER);
        return reader.PeekTag() == OidTag ? reader.ReadObjectIdentifier() : null;
    }

    /// <exception cref="AsnContentException">The reader does not stand before one.</exception>
    internal static AlgorithmId Read(AsnReader reader)
    {
        var sequence = reader.ReadSequence();
        var oid = sequence.ReadObjectIdentifier();
        var parameters = sequence.HasData ? sequence.ReadEncodedValue() : ReadOnlyMemory<byte>.Empty;
        sequence.ThrowIfNotEmpty();
        return new AlgorithmId(oid, parameters);
    }
}

/// <summary>A BIT STRING that holds whole bytes.</summary>
internal static class Bits
{
    /// <exception cref="AsnContentException">The reader does not stand before one.</exception>
    internal static ReadOnlyMemory<byte> Read(AsnReader reader)
    {
        var bytes = reader.ReadBitString(out var unusedBits);
        return unusedBits == 0 ? bytes : throw new AsnContentException();
    }
}
