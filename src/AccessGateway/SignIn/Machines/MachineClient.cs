namespace AccessGateway.SignIn;

using System.Globalization;
using System.Security.Cryptography;
using AccessGateway.Contracts;
using Microsoft.IdentityModel.Tokens;

/// <summary>A registered machine client, as its document defines it: a name and public keys. There are no shared secrets.</summary>
internal sealed record MachineClient(string Name, IReadOnlyList<JsonWebKey> Keys);

/// <summary>Public keys of machine clients, from PEM or JWK; everything else is refused.</summary>
internal static class MachineKeys
{
    public const int LeastRsaBits = 2048;
    public const int MostRsaBits = 8192;

    /// <summary>What an assertion may be signed with. The platform has no EdDSA.</summary>
    public static readonly IReadOnlyList<string> Algorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256];

    /// <summary>A public key or a certificate in PEM. One of the two results is null.</summary>
    public static (JsonWebKey? Key, string? Problem) FromPem(string pem)
    {
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return (null, "holds a private key; it belongs to the client alone. Give the public one.");
        try
        {
            if (pem.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            {
                using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pem);
                pem = PemEncoding.WriteString("PUBLIC KEY", certificate.PublicKey.ExportSubjectPublicKeyInfo());
            }

            return TryEcdsa(pem) ?? TryRsa(pem) ?? (null, "holds no public key of P-256 or RSA in PEM.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return (null, "holds no public key of P-256 or RSA in PEM.");
        }
    }

    /// <summary>Every key of a JSON Web Key Set (RFC 7517). One of the two results is null.</summary>
    public static (IReadOnlyList<JsonWebKey>? Keys, string? Problem) FromJwks(string json)
    {
        try
        {
            var keys = new JsonWebKeySet(json).Keys;
            if (keys.Count == 0)
                return (null, "holds no key.");
            var problem = keys.Select(Problem).FirstOrDefault(text => text is not null);
            return problem is null ? ([.. keys.Select(WithId)], null) : (null, problem);
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException or FormatException)
        {
            return (null, "is no JSON Web Key Set.");
        }
    }

    public static MachineKeyView ToView(JsonWebKey key) =>
        new(key.Kid, key.Kty == JsonWebAlgorithmsKeyTypes.RSA ? $"RSA {key.KeySize.ToString(CultureInfo.InvariantCulture)}" : key.Crv);

    /// <summary>Whether an assertion's algorithm goes with a key.</summary>
    public static bool Fits(JsonWebKey key, string algorithm) =>
        Algorithms.Contains(algorithm) && (key.Alg is null or "" || key.Alg == algorithm)
        && (key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve) == (algorithm == SecurityAlgorithms.EcdsaSha256);

    private static string? Problem(JsonWebKey key) =>
        key.Kty is not (JsonWebAlgorithmsKeyTypes.EllipticCurve or JsonWebAlgorithmsKeyTypes.RSA) ? $"has a key of type '{key.Kty}'; EC and RSA are accepted."
        : key.HasPrivateKey ? "holds a private key; it belongs to the client alone. Give the public one."
        : key.Use is not (null or "" or JsonWebKeyUseNames.Sig) ? "has a key that is not for signatures."
        : key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve ? (key.Crv == JsonWebKeyECTypes.P256 ? Usable(key) : "has a key on another curve than P-256.")
        : key.KeySize is < LeastRsaBits or > MostRsaBits ? $"has an RSA key of {key.KeySize} bits; {LeastRsaBits} to {MostRsaBits} are accepted."
        : Usable(key);

    private static string? Usable(JsonWebKey key)
    {
        using var provider = new CryptoProviderFactory { CacheSignatureProviders = false }
            .CreateForVerifying(key, key.Kty == JsonWebAlgorithmsKeyTypes.RSA ? SecurityAlgorithms.RsaSha256 : SecurityAlgorithms.EcdsaSha256);
        return provider is null ? "has a key that cannot be used." : null;
    }

    private static (JsonWebKey? Key, string? Problem)? TryEcdsa(string pem)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null;
        }

        var parameters = key.ExportParameters(includePrivateParameters: false);
        return parameters.Curve.Oid.Value == "1.2.840.10045.3.1.7"
            ? (WithId(new JsonWebKey
            {
                Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
                Crv = JsonWebKeyECTypes.P256,
                X = Base64UrlEncoder.Encode(parameters.Q.X),
                Y = Base64UrlEncoder.Encode(parameters.Q.Y),
            }), null)
            : (null, "holds a key on another curve than P-256.");
    }

    private static (JsonWebKey? Key, string? Problem)? TryRsa(string pem)
    {
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        if (key.KeySize is < LeastRsaBits or > MostRsaBits)
            return (null, $"holds an RSA key of {key.KeySize} bits; {LeastRsaBits} to {MostRsaBits} are accepted.");
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return (WithId(new JsonWebKey
        {
            Kty = JsonWebAlgorithmsKeyTypes.RSA,
            N = Base64UrlEncoder.Encode(parameters.Modulus),
            E = Base64UrlEncoder.Encode(parameters.Exponent),
        }), null);
    }

    /// <summary>A key without an id is called by its thumbprint (RFC 7638).</summary>
    private static JsonWebKey WithId(JsonWebKey key)
    {
        if (string.IsNullOrEmpty(key.Kid))
            key.Kid = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return key;
    }
}
