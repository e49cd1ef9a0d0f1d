namespace AccessGateway.Notifications;

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Outbound;

/// <summary>Signs as Standard Webhooks 1.0 says: HMAC-SHA256 over <c>id.timestamp.body</c>, by one secret or, while it is being changed, by two.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int MaxSecrets = 2;

    /// <summary>The header's value: <c>v1,</c> and the base64 of the HMAC, for each secret, with a space between.</summary>
    public static string Of(IReadOnlyList<byte[]> secrets, string id, long timestamp, byte[] body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp.ToString(CultureInfo.InvariantCulture)}."), .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, signed))}"));
    }

    /// <summary>One or two secrets, the newer first, each <c>whsec_</c> and base64 of 24 to 64 bytes, with white space between.</summary>
    /// <exception cref="OutboundException">They are something else; the message does not say what.</exception>
    public static IReadOnlyList<byte[]> SecretsOf(string text)
    {
        var secrets = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Decode).ToList();
        return secrets.Count is > 0 and <= MaxSecrets && secrets.TrueForAll(secret => secret is { Length: >= 24 and <= 64 })
            ? [.. secrets.OfType<byte[]>()]
            : throw new OutboundException("The secret must be whsec_ and the base64 of 24 to 64 bytes, or two such on two lines.");
    }

    private static byte[]? Decode(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var length) ? bytes[..length] : null;
    }
}
