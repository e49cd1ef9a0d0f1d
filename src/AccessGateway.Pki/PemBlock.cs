namespace AccessGateway.Pki;

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>
/// Strict PEM (RFC 7468, section 3, `stricttextualmsg` with lines of any length): one block, one label, nothing around it but whitespace.
/// Lenient readers disagree about what they skip, and two readers that see different blocks are a way past a check.
/// </summary>
internal static class PemBlock
{
    private static readonly SearchValues<char> BodyCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n");

    internal static bool TryRead(
        string? text,
        string label,
        int maximumLength,
        [NotNullWhen(true)] out byte[]? der,
        [NotNullWhen(false)] out string? refusal)
    {
        der = null;
        refusal = FramingFault(text, label, maximumLength);
        if (refusal is not null) return false;

        var body = Trimmed(text!)[Begin(label).Length..^End(label).Length];
        refusal = BodyFault(body) ?? Decode(body, out der);
        return refusal is null;
    }

    internal static string Write(string label, ReadOnlySpan<byte> der) =>
        PemEncoding.WriteString(label, der) + "\n";

    private static string? FramingFault(string? text, string label, int maximumLength)
    {
        if (string.IsNullOrWhiteSpace(text)) return "it is empty";
        if (text.Length > maximumLength) return $"it is longer than {maximumLength} characters";
        // Base64 has no spaces, so these words are a label or prose, never data.
        if (text.Contains("PRIVATE KEY", StringComparison.OrdinalIgnoreCase))
            return "it contains a private key, which must never be sent; throw that key away and make a new one";
        if (text.AsSpan().Count("-----BEGIN ") > 1) return "it contains more than one PEM block";

        var trimmed = Trimmed(text);
        if (!trimmed.StartsWith(Begin(label), StringComparison.Ordinal))
        {
            return text.Contains(Begin(label), StringComparison.Ordinal)
                ? "there is text before the PEM block"
                : $"it is not a PEM block labelled {label}";
        }

        if (!trimmed.EndsWith(End(label), StringComparison.Ordinal))
        {
            return text.Contains(End(label), StringComparison.Ordinal)
                ? "there is text after the PEM block"
                : "the PEM block does not end";
        }

        // The two lines may share their dashes.
        return trimmed.Length < Begin(label).Length + End(label).Length ? "the PEM block does not end" : null;
    }

    private static string? BodyFault(ReadOnlySpan<char> body)
    {
        if (body.ContainsAnyExcept(BodyCharacters)) return "there are characters in the PEM block that are not base64";
        return body.Length > 0 && body[0] is '\r' or '\n' && body[^1] is '\n'
            ? null
            : "the lines that begin and end the PEM block do not stand alone";
    }

    private static string? Decode(ReadOnlySpan<char> body, out byte[]? der)
    {
        var base64 = body.ToString().ReplaceLineEndings("");
        der = new byte[base64.Length / 4 * 3];
        if (base64.Length == 0 || !Convert.TryFromBase64String(base64, der, out var written)) return "the PEM block is not base64";

        der = der[..written];
        // Writing it again finds the bits behind the last byte, which the decoder drops: one DER has one text.
        return Convert.ToBase64String(der) == base64 ? null : "the base64 does not end in zero bits";
    }

    private static ReadOnlySpan<char> Trimmed(string text) => text.AsSpan().Trim(" \t\r\n");

    private static string Begin(string label) => $"-----BEGIN {label}-----";

    private static string End(string label) => $"-----END {label}-----";
}
