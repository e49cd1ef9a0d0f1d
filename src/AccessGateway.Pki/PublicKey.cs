namespace AccessGateway.Pki;

using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;
using Org.BouncyCastle.Math.EC.Rfc8032;

internal enum KeyKind
{
    Ecdsa,
    Rsa,
    Ed25519,
}

/// <summary>A public key of a kind and size that leaves may carry.</summary>
/// <param name="Algorithm">For people: `ECDSA P-256`.</param>
/// <param name="SubjectPublicKeyInfo">The DER that holds it.</param>
/// <param name="Value">The bytes in its BIT STRING.</param>
internal sealed record PublicKey(
    KeyKind Kind,
    string Algorithm,
    ReadOnlyMemory<byte> SubjectPublicKeyInfo,
    ReadOnlyMemory<byte> Value)
{
    private const string Allowed = "use ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits";
    private const int MinimumRsaBits = 2048;
    private const int MaximumRsaBits = 4096;

    // 65537 is the least that FIPS 186-5 allows; the upper bound bounds the work of checking a signature.
    private static readonly BigInteger MinimumExponent = 65537;
    private static readonly BigInteger MaximumExponent = BigInteger.One << 32;

    /// <exception cref="AsnContentException">The DER is no SubjectPublicKeyInfo.</exception>
    internal static bool TryRead(
        ReadOnlyMemory<byte> subjectPublicKeyInfo,
        [NotNullWhen(true)] out PublicKey? key,
        [NotNullWhen(false)] out string? refusal)
    {
        var info = new AsnReader(subjectPublicKeyInfo, AsnEncodingRules.DER).ReadSequence();
        var algorithm = AlgorithmId.Read(info);
        var value = Bits.Read(info);
        info.ThrowIfNotEmpty();

        KeyKind kind;
        string name;
        (kind, name, refusal) = algorithm.Oid switch
        {
            "1.2.840.10045.2.1" => EllipticCurve(algorithm, value.Span),
            "1.2.840.113549.1.1.1" => Rsa(algorithm, value),
            "1.3.101.112" => Edwards(algorithm, value.Span),
            _ => (default, "", $"Keys of the algorithm {algorithm.Oid} are not allowed: {Allowed}."),
        };
        key = refusal is null ? new PublicKey(kind, name, subjectPublicKeyInfo, value) : null;
        return refusal is null;
    }

    private static (KeyKind Kind, string Algorithm, string? Refusal) EllipticCurve(AlgorithmId algorithm, ReadOnlySpan<byte> point)
    {
        var (name, size) = algorithm.OidParameter() switch
        {
            "1.2.840.10045.3.1.7" => ("ECDSA P-256", 32),
            "1.3.132.0.34" => ("ECDSA P-384", 48),
            null => ("", 0),
            var oid => (oid, 0),
        };
        if (name.Length == 0)
            return (default, "", "The key's curve is not named (RFC 5480): explicit parameters are not allowed.");
        if (size == 0)
            return (default, "", $"The curve {name} is not allowed: {Allowed}.");
        // 04: an uncompressed point. RFC 5480 lets a CA refuse the others, and so does the platform.
        return point.Length == 1 + (2 * size) && point[0] == 4
            ? (KeyKind.Ecdsa, name, null)
            : (default, "", "The key is not an uncompressed point of its curve.");
    }

    private static (KeyKind Kind, string Algorithm, string? Refusal) Rsa(AlgorithmId algorithm, ReadOnlyMemory<byte> value)
    {
        if (!algorithm.HasNullParameters) throw new AsnContentException();

        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var numbers = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var modulus = numbers.ReadInteger();
        var exponent = numbers.ReadInteger();
        numbers.ThrowIfNotEmpty();

        if (modulus.Sign <= 0 || modulus.IsEven) return (default, "", "The RSA modulus is not a positive odd number.");
        var bits = modulus.GetBitLength();
        if (bits is < MinimumRsaBits or > MaximumRsaBits) return (default, "", $"RSA keys of {bits} bits are not allowed: {Allowed}.");
        if (exponent.IsEven || exponent < MinimumExponent || exponent > MaximumExponent)
            return (default, "", "The RSA exponent is not an odd number from 65537 to 4294967296.");
        return (KeyKind.Rsa, $"RSA {bits}", null);
    }

    private static (KeyKind Kind, string Algorithm, string? Refusal) Edwards(AlgorithmId algorithm, ReadOnlySpan<byte> value)
    {
        if (!algorithm.HasNoParameters || value.Length != Ed25519.PublicKeySize) throw new AsnContentException();

        // Points of small order verify signatures that nobody with a private key made.
        return Ed25519.ValidatePublicKeyFull(value.ToArray(), 0)
            ? (KeyKind.Ed25519, "Ed25519", null)
            : (default, "", "The Ed25519 key is not a point of the prime-order group.");
    }
}
