// A fuzzer must be able to repeat itself: nothing here is a secret.
#pragma warning disable RS0030, CA5394

namespace AccessGateway.Pki.Tests.Fuzz;

using System.Security.Cryptography;
using System.Text;

/// <summary>
/// Requests that nobody should send: the corpus with its trees cut, grafted and swollen, with lengths that lie, now and then signed anew so
/// that what is odd gets past the signature; and with bytes and text changed at random. Input number <c>n</c> of a seed is always the same.
/// </summary>
internal sealed class CsrFuzzer : IDisposable
{
    private const string Label = "CERTIFICATE REQUEST";
    private const string TextKind = "text changed";
    private const string BytesKind = "bytes changed";
    private static readonly byte[] Tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x1E, 0x1F, 0x24, 0x30, 0x31, 0x3F, 0x80, 0xA0, 0xA3, 0x00, 0xFF];

    private readonly int _seed;
    private readonly List<string> _texts;
    private readonly List<DerNode> _trees;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public CsrFuzzer(int seed)
    {
        _seed = seed;
        _texts = [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus"), "*.pem").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        _trees = _texts.ConvertAll(text => DerNode.Parse(Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data])));
    }

    public IReadOnlyList<string> Corpus => _texts;

    public string Input(int number)
    {
        var random = Random(number);
        return KindOf(random) switch
        {
            TextKind => Text(random),
            BytesKind => PemEncoding.WriteString(Label, Bytes(Pick(random, _trees).Encode(), random)),
            _ => PemEncoding.WriteString(Label, Tree(random)),
        };
    }

    /// <summary>What is changed in an input.</summary>
    public string KindOf(int number) => KindOf(Random(number));

    public void Dispose() => _key.Dispose();

    private static string KindOf(Random random) => random.Next(10) switch
    {
        0 => TextKind,
        1 or 2 => BytesKind,
        _ => "tree changed",
    };

    private Random Random(int number) => new(unchecked((_seed * 486187739) + number));

    private string Text(Random random)
    {
        var text = Bytes(Encoding.Latin1.GetBytes(Pick(random, _texts)), random);
        return random.Next(8) switch
        {
            0 => Encoding.Latin1.GetString([.. text, .. text]),
            1 => Encoding.Latin1.GetString(text).Replace("\n", "\r\n", StringComparison.Ordinal),
            2 => Encoding.UTF8.GetString(text),
            3 => new string((char)random.Next(0x10000), random.Next(9000)),
            _ => Encoding.Latin1.GetString(text),
        };
    }

    private static byte[] Bytes(byte[] bytes, Random random)
    {
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            var end = Math.Min(bytes.Length, at + random.Next(1, 40));
            bytes = random.Next(5) switch
            {
                0 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 => [.. bytes[..at], .. bytes[end..]],
                3 => [.. bytes[..end], .. bytes[at..end], .. bytes[end..]],
                _ => [.. bytes[..at], .. Noise(random, 40), .. bytes[at..]],
            };
        }

        return bytes;
    }

    private byte[] Tree(Random random)
    {
        var tree = Pick(random, _trees).Clone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            Change(Pick(random, [.. tree.All()]), random);
        return random.Next(8) == 0 ? SignedAnew(tree) : tree.Encode();
    }

    private void Change(DerNode node, Random random)
    {
        switch (random.Next(9))
        {
            case 0:
                node.Tag = Pick(random, Tags);
                break;
            case 1:
                node.LengthFault = random.Next(1, 7);
                break;
            case 2:
                (node.Children, node.Value) = (null, Noise(random, random.Next(20) == 0 ? 3000 : 40));
                break;
            case 3 when node.Children is { Count: > 0 } children:
                children.RemoveAt(random.Next(children.Count));
                break;
            case 4 when node.Children is { Count: > 0 } children:
                children.AddRange(Enumerable.Repeat(Pick(random, children), random.Next(1, random.Next(20) == 0 ? 100 : 4)));
                break;
            case 5 when node.Children is { Count: > 1 } children:
                children.Reverse();
                break;
            case 6:
                var graft = Pick(random, [.. Pick(random, _trees).All()]).Clone();
                (node.Tag, node.Children, node.Value) = (graft.Tag, graft.Children, graft.Value);
                break;
            case 7:
                Bury(node, random.Next(1, random.Next(10) == 0 ? 1500 : 8));
                break;
            default:
                node.Value = node.Value.Length > 0 ? Bytes(node.Value, random) : [0];
                break;
        }
    }

    /// <summary>Puts a value so many sequences deep.</summary>
    private static void Bury(DerNode node, int depth)
    {
        // Encoding goes down by calls: what is deep is written as bytes.
        var bytes = node.Encode();
        for (var i = 1; i < depth && bytes.Length < 5000; i++)
            bytes = [0x30, 0x82, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
        (node.Tag, node.Children, node.Value, node.LengthFault) = (0x30, null, bytes, 0);
    }

    /// <summary>With a key of ours, so that what was changed is really looked at.</summary>
    private byte[] SignedAnew(DerNode tree)
    {
        if (tree.Children is [{ Children: { Count: > 2 } parts } info, ..])
        {
            parts[2] = DerNode.Parse(_key.ExportSubjectPublicKeyInfo());
            var signature = _key.SignData(info.Encode(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            var algorithm = DerNode.Sequence(new DerNode { Tag = 0x06, Value = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02] });
            tree = DerNode.Sequence(info, algorithm, new DerNode { Tag = 0x03, Value = [0, .. signature] });
        }

        return tree.Encode();
    }

    private static byte[] Noise(Random random, int most)
    {
        var bytes = new byte[random.Next(most + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
