namespace AccessGateway.Documents;

using System.Text;

/// <summary>What the readers of one file share: its path, where errors and warnings go, and the files that it names.</summary>
/// <param name="Files">Every file that documents name, by full path; null for one that cannot be read. Part of the digest.</param>
internal sealed record DocumentSource(string File, List<DocumentError> Errors, List<DocumentError> Warnings, SortedDictionary<string, byte[]?> Files)
{
    /// <summary>The largest file that is read, in bytes: documents, and what they name.</summary>
    public const int MaxFileSize = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>For describing a kind without any document.</summary>
    public static DocumentSource Nowhere => new("", [], [], []);

    /// <summary>The text of a file that the document names, by a path relative to the document. One of the two results is null.</summary>
    public (string? Text, string? Problem) ReadText(string path)
    {
        try
        {
            var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(File)!, path));
            Files[full] = null;
            var bytes = ReadBytes(full);
            Files[full] = bytes;
            return (Decode(bytes), null);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return (null, e.Message);
        }
    }

    /// <exception cref="IOException">Or another of <see cref="IsUnreadable"/>: it cannot be read, or is larger than allowed.</exception>
    public static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (stream.Read(chunk) is > 0 and var read)
        {
            if (memory.Length + read > MaxFileSize)
                throw new IOException("The file is larger than 1 MiB.");
            memory.Write(chunk, 0, read);
        }

        return memory.ToArray();
    }

    /// <exception cref="DecoderFallbackException">It is no UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes) => Strict.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);

    public static bool IsUnreadable(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or System.Security.SecurityException;
}
