namespace AccessGateway.Pki;

/// <summary>
/// A walk over the tags and lengths of DER (X.690, section 10) that keeps its own small stack, so that data nested a thousand deep
/// costs nothing. What passes is one value, of definite and minimal lengths that fit into each other, and at most
/// <see cref="MaximumDepth"/> deep: only then may a parser, ours or the cluster's, see it.
/// </summary>
internal static class DerShape
{
    /// <summary>A request with extensions is 7 deep.</summary>
    internal const int MaximumDepth = 12;

    /// <summary>Bytes of an object identifier. Those of X.509 have at most 10, and printing a long one costs the square of its length.</summary>
    internal const int MaximumOidLength = 32;

    private const int ConstructedBit = 0x20;
    private const int UniversalSequence = 0x10;
    private const int UniversalSet = 0x11;
    private const int UniversalOid = 0x06;

    /// <summary>What is wrong with the bytes, or null.</summary>
    internal static string? Fault(ReadOnlySpan<byte> der)
    {
        Span<int> ends = stackalloc int[MaximumDepth + 1];
        ends[0] = der.Length;
        var depth = 0;
        var offset = 0;
        do
        {
            var fault = ReadHeader(der[offset..ends[depth]], out var header);
            if (fault is not null) return fault;

            offset += header.Length;
            if (!header.IsConstructed)
            {
                offset += header.ContentLength;
            }
            else
            {
                if (depth == MaximumDepth) return $"it is nested more than {MaximumDepth} deep";
                ends[++depth] = offset + header.ContentLength;
            }

            while (depth > 0 && offset == ends[depth]) depth--;
        }
        while (depth > 0);

        return offset == der.Length ? null : "there are bytes behind its end";
    }

    private static string? ReadHeader(ReadOnlySpan<byte> bytes, out Header header)
    {
        header = default;
        if (bytes.Length < 2) return "it ends within a value";

        var fault = TagFault(bytes[0]) ?? ReadLength(bytes[1..], out header);
        if (fault is not null) return fault;

        header = header with { Length = header.Length + 1, IsConstructed = (bytes[0] & ConstructedBit) != 0 };
        if (header.ContentLength > bytes.Length - header.Length) return "a value is longer than what holds it";
        return bytes[0] == UniversalOid && header.ContentLength > MaximumOidLength ? "an object identifier is too long" : null;
    }

    private static string? TagFault(byte tag)
    {
        var number = tag & 0x1F;
        if (number == 0x1F) return "it has a tag of several bytes";
        if (tag >> 6 != 0) return null;
        if (number == 0) return "it has an end-of-contents tag";

        var isCollection = number is UniversalSequence or UniversalSet;
        return isCollection == ((tag & ConstructedBit) != 0) ? null : "a value is built of parts where DER forbids or demands it";
    }

    private static string? ReadLength(ReadOnlySpan<byte> bytes, out Header header)
    {
        header = new Header(1, bytes[0], false);
        if (bytes[0] < 0x80) return null;
        if (bytes[0] == 0x80) return "a length is indefinite";

        var count = bytes[0] & 0x7F;
        if (count > 3) return "a length is too large";
        if (bytes.Length <= count) return "it ends within a length";

        var length = 0;
        foreach (var next in bytes[1..(count + 1)]) length = (length << 8) | next;
        header = new Header(count + 1, length, false);
        return bytes[1] == 0 || length < 0x80 ? "a length is not written in the shortest way" : null;
    }

    private readonly record struct Header(int Length, int ContentLength, bool IsConstructed);
}
