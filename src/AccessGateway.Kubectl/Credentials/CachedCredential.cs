namespace AccessGateway.Kubectl.Credentials;

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using AccessGateway.Kubectl.LocalFiles;

/// <summary>
/// A grant's credential as a file of three lines: the unix seconds from which to renew and at which the leaf ends; the
/// ExecCredential that kubectl gets, byte for byte; and <see cref="GrantFacts"/>. A hit reads the numbers and prints the second
/// line, and never loads a JSON reader.
/// </summary>
internal sealed record CachedCredential(long RenewAfter, long Ends, ReadOnlyMemory<byte> ExecCredential, ReadOnlyMemory<byte> Facts)
{
    /// <summary>A leaf with less left than this is of no use for another TLS handshake.</summary>
    private const long Unusable = 2;

    public bool IsFresh(long now) => ExecCredential.Length > 0 && now < RenewAfter;

    /// <summary>To be renewed, but still good while the gateway cannot be reached.</summary>
    public bool IsUsable(long now) => ExecCredential.Length > 0 && now + Unusable < Ends;

    /// <summary>Null for a missing file, and for one that does not look as <see cref="Write"/> makes it.</summary>
    public static CachedCredential? Read(string path) => PrivateFile.Read(path) is { } content ? Parse(content) : null;

    public void Write(string path)
    {
        var numbers = string.Create(CultureInfo.InvariantCulture, $"{RenewAfter} {Ends}\n");
        PrivateFile.Write(path, [.. Encoding.ASCII.GetBytes(numbers), .. ExecCredential.Span, (byte)'\n', .. Facts.Span, (byte)'\n']);
    }

    private static CachedCredential? Parse(ReadOnlyMemory<byte> content)
    {
        var span = content.Span;
        if (!Utf8Parser.TryParse(span, out long renewAfter, out var read) || read >= span.Length || span[read] != ' ')
            return null;
        var second = read + 1;
        if (!Utf8Parser.TryParse(span[second..], out long ends, out read) || second + read >= span.Length || span[second + read] != '\n')
            return null;

        var rest = content[(second + read + 1)..];
        var line = rest.Span.IndexOf((byte)'\n');
        if (line < 0 || rest.Length < line + 3 || rest.Span[^1] != '\n')
            return null;
        return new(renewAfter, ends, rest[..line], rest[(line + 1)..^1]);
    }
}
