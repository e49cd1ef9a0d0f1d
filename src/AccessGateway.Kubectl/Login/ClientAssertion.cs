namespace AccessGateway.Kubectl.Login;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

/// <summary>The assertion of a machine client (RFC 7523, 2.2): good for two minutes, once.</summary>
internal static class ClientAssertion
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <param name="keyPem">A private key of P-256 (then ES256) or RSA (then PS256), not encrypted.</param>
    public static string Sign(string keyPem, string clientId, string audience, DateTimeOffset now)
    {
        using var ecdsa = ECDsa.Create();
        if (TryImport(ecdsa, keyPem))
            return Write("ES256", clientId, audience, now, data => ecdsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        using var rsa = RSA.Create();
        return TryImport(rsa, keyPem)
            ? Write("PS256", clientId, audience, now, data => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss))
            : throw new CommandFailedException("the key file holds no private key of P-256 or RSA in PEM");
    }

    private static bool TryImport(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static string Write(string algorithm, string clientId, string audience, DateTimeOffset now, Func<byte[], byte[]> sign)
    {
        var head = Encode(json =>
        {
            json.WriteString("alg", algorithm);
            json.WriteString("typ", "client-authentication+jwt");
        });
        var body = Encode(json =>
        {
            json.WriteString("iss", clientId);
            json.WriteString("sub", clientId);
            json.WriteString("aud", audience);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + Lifetime).ToUnixTimeSeconds());
            json.WriteString("jti", RandomNumberGenerator.GetHexString(32, lowercase: true));
        });
        var signed = $"{head}.{body}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}
