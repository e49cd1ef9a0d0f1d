namespace AccessGateway.Pki;

using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

/// <summary>The signature of a request under its own key: proof that the sender holds the private key.</summary>
internal static class SelfSignature
{
    private const string Wrong = "The certificate request's own signature is wrong: it was changed, or signed with another key.";

    /// <summary>Why the signature does not count, or null.</summary>
    internal static string? Fault(PublicKey key, CsrParts parts)
    {
        if (!IsAllowed(key.Kind, parts.SignatureAlgorithm, out var hash))
        {
            return $"The signature algorithm {parts.SignatureAlgorithm.Oid} is not allowed with {key.Algorithm}: "
                + "use ECDSA, Ed25519 or RSA PKCS #1 v1.5, with SHA-256, SHA-384 or SHA-512.";
        }

        try
        {
            return Verifies(key, hash, parts.SignedInfo.Span, parts.Signature.Span) ? null : Wrong;
        }
        catch (CryptographicException)
        {
            // The platform's way to say that a point is not on its curve, or that a signature has no form.
            return Wrong;
        }
    }

    private static bool IsAllowed(KeyKind kind, AlgorithmId algorithm, out HashAlgorithmName hash)
    {
        hash = (kind, algorithm.Oid) switch
        {
            (KeyKind.Ecdsa, "1.2.840.10045.4.3.2") or (KeyKind.Rsa, "1.2.840.113549.1.1.11") => HashAlgorithmName.SHA256,
            (KeyKind.Ecdsa, "1.2.840.10045.4.3.3") or (KeyKind.Rsa, "1.2.840.113549.1.1.12") => HashAlgorithmName.SHA384,
            (KeyKind.Ecdsa, "1.2.840.10045.4.3.4") or (KeyKind.Rsa, "1.2.840.113549.1.1.13") => HashAlgorithmName.SHA512,
            // Ed25519 hashes within.
            (KeyKind.Ed25519, "1.3.101.112") => HashAlgorithmName.SHA512,
            _ => default,
        };

        // No parameters (RFC 5758, section 3.2; RFC 8410, section 3); with RSA NULL, or absent (RFC 4055, section 5).
        return hash.Name is not null && (algorithm.HasNoParameters || (kind == KeyKind.Rsa && algorithm.HasNullParameters));
    }

    private static bool Verifies(PublicKey key, HashAlgorithmName hash, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        switch (key.Kind)
        {
            case KeyKind.Ecdsa:
                return VerifyingKeys.Verifies(key.SubjectPublicKeyInfo, data, signature, hash);

            case KeyKind.Rsa:
                using (var rsa = RSA.Create())
                {
                    rsa.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo.Span, out _);
                    return rsa.VerifyData(data, signature, hash, RSASignaturePadding.Pkcs1);
                }

            default:
                // The platform has no Ed25519.
                return signature.Length == Ed25519.SignatureSize
                    && Ed25519.Verify(signature.ToArray(), 0, key.Value.ToArray(), 0, data.ToArray(), 0, data.Length);
        }
    }
}
