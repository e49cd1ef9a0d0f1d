namespace AccessGateway.Testing;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

/// <summary>An ID token on its way out, for a test to make something else of it.</summary>
internal sealed class IdTokenForgery(JsonObject header, JsonObject payload)
{
    public JsonObject Header { get; } = header;

    public JsonObject Payload { get; } = payload;

    /// <summary>Makes the signature of the bytes; the provider's own key where a test sets nothing.</summary>
    public Func<byte[], byte[]>? Sign { get; set; }

    /// <summary>RFC 7519, 6.1: no signature at all.</summary>
    public void SignWithNone()
    {
        Header["alg"] = "none";
        Sign = _ => [];
    }

    /// <summary>A key that is not the provider's, under the name of the one that is.</summary>
    public void SignWithAnotherKey() => Sign = bytes =>
    {
        using var key = TestKeys.NextRsa();
        return key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    };

    /// <summary>The old confusion: the secret as a symmetric key.</summary>
    public void SignWithSecret(string secret)
    {
        Header["alg"] = "HS256";
        Sign = bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes);
    }

    public static IdTokenForgery Read(string token)
    {
        var parts = token.Split('.');
        return new IdTokenForgery(Part(parts[0]), Part(parts[1]));

        static JsonObject Part(string text) => (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(text))!;
    }

    public string Write(RSA own)
    {
        var text = $"{Encode(Header)}.{Encode(Payload)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        return $"{text}.{Base64Url.EncodeToString(Sign?.Invoke(bytes) ?? own.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
    }
}
