namespace AccessGateway.Pki.Tests.Fuzz;

/// <summary>A value of DER as a tree that can be taken apart and put together wrongly.</summary>
internal sealed class DerNode
{
    private const int Constructed = 0x20;

    public byte Tag { get; set; }

    /// <summary>Null for a value without parts.</summary>
    public List<DerNode>? Children { get; set; }

    public byte[] Value { get; set; } = [];

    /// <summary>How its length is written; as DER has it where zero.</summary>
    public int LengthFault { get; set; }

    /// <summary>A value of which it is known that it is well formed.</summary>
    public static DerNode Parse(ReadOnlySpan<byte> der) => Parse(ref der);

    public static DerNode Sequence(params List<DerNode> children) => new() { Tag = 0x30, Children = children };

    public DerNode Clone() => new() { Tag = Tag, Value = Value, LengthFault = LengthFault, Children = Children?.ConvertAll(child => child.Clone()) };

    /// <summary>This and everything below.</summary>
    public IEnumerable<DerNode> All() => (Children ?? []).SelectMany(child => child.All()).Prepend(this);

    public byte[] Encode()
    {
        var content = Children is null ? Value : [.. Children.SelectMany(child => child.Encode())];
        return [Tag, .. LengthOf(content.Length), .. content];
    }

    private byte[] LengthOf(int length) => LengthFault switch
    {
        0 when length < 0x80 => [(byte)length],
        0 when length < 0x100 => [0x81, (byte)length],
        0 when length < 0x10000 => [0x82, (byte)(length >> 8), (byte)length],
        0 => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        1 => [0x80],
        2 => [0x82, (byte)(length >> 8), (byte)length],
        3 => [0x84, 0, 0, (byte)(length >> 8), (byte)length],
        4 => [0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        5 => [(byte)(length + 1)],
        _ => [(byte)(length - 1)],
    };

    private static DerNode Parse(ref ReadOnlySpan<byte> der)
    {
        var (tag, length, header) = (der[0], (int)der[1], 2);
        if (length >= 0x80)
        {
            var count = length & 0x7F;
            length = 0;
            for (var i = 0; i < count; i++)
                length = (length << 8) | der[header++];
        }

        var content = der.Slice(header, length);
        der = der[(header + length)..];
        if ((tag & Constructed) == 0)
            return new DerNode { Tag = tag, Value = content.ToArray() };
        var children = new List<DerNode>();
        while (!content.IsEmpty)
            children.Add(Parse(ref content));
        return new DerNode { Tag = tag, Children = children };
    }
}
