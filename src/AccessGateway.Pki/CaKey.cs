namespace AccessGateway.Pki;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;

/// <summary>
/// The private key of a CA. The platform signs: it is faster than managed code and computes in constant time.
/// Its key objects promise no thread safety, so that one thread uses the key at a time.
/// </summary>
internal sealed class CaKey : IDisposable
{
    private const int MinimumRsaBits = 2048;

    private readonly Lock _gate = new();
    private readonly AsymmetricAlgorithm _key;
    private readonly HashAlgorithmName _hash;

    private CaKey(AsymmetricAlgorithm key, HashAlgorithmName hash, AlgorithmIdentifier signatureAlgorithm)
    {
        _key = key;
        _hash = hash;
        SignatureAlgorithm = signatureAlgorithm;
    }

    internal AlgorithmIdentifier SignatureAlgorithm { get; }

    /// <summary>P-256, which is for SHA-256.</summary>
    internal static CaKey Generate() => Of(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <exception cref="ArgumentException">The key is neither EC nor RSA, or unfit.</exception>
    internal static CaKey Of(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => Of(ec),
        RSA rsa => Of(rsa),
        _ => throw new ArgumentException("The key is neither EC nor RSA."),
    };

    /// <exception cref="ArgumentException">The key is on a curve that API servers do not know.</exception>
    internal static CaKey Of(ECDsa key)
    {
        var curve = SubjectPublicKeyInfo.GetInstance(key.ExportSubjectPublicKeyInfo()).Algorithm.Parameters;
        if (SecObjectIdentifiers.SecP256r1.Equals(curve))
            return new CaKey(key, HashAlgorithmName.SHA256, new AlgorithmIdentifier(X9ObjectIdentifiers.ECDsaWithSha256));
        if (SecObjectIdentifiers.SecP384r1.Equals(curve))
            return new CaKey(key, HashAlgorithmName.SHA384, new AlgorithmIdentifier(X9ObjectIdentifiers.ECDsaWithSha384));
        if (SecObjectIdentifiers.SecP521r1.Equals(curve))
            return new CaKey(key, HashAlgorithmName.SHA512, new AlgorithmIdentifier(X9ObjectIdentifiers.ECDsaWithSha512));
        throw new ArgumentException("An EC key must be on P-256, P-384 or P-521, and name its curve.");
    }

    /// <exception cref="ArgumentException">The key is too weak.</exception>
    internal static CaKey Of(RSA key) =>
        key.KeySize >= MinimumRsaBits
            ? new CaKey(
                key,
                HashAlgorithmName.SHA256,
                new AlgorithmIdentifier(PkcsObjectIdentifiers.Sha256WithRsaEncryption, DerNull.Instance))
            : throw new ArgumentException($"An RSA key of {key.KeySize} bits cannot sign: use {MinimumRsaBits} bits or more.");

    internal byte[] ExportSubjectPublicKeyInfo()
    {
        lock (_gate) return _key.ExportSubjectPublicKeyInfo();
    }

    internal byte[] ExportPkcs8()
    {
        lock (_gate) return _key.ExportPkcs8PrivateKey();
    }

    /// <exception cref="CryptographicException">The platform failed.</exception>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    internal byte[] Sign(byte[] data)
    {
        lock (_gate)
        {
            return _key is ECDsa ecdsa
                ? ecdsa.SignData(data, _hash, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)_key).SignData(data, _hash, RSASignaturePadding.Pkcs1);
        }
    }

    /// <summary>
    /// Whether the certificate verifies what this key signs. Comparing public parts instead would trust what a key file says of itself.
    /// </summary>
    /// <exception cref="CryptographicException">This is a public key alone, which cannot sign.</exception>
    internal bool BelongsTo(X509Certificate2 certificate)
    {
        var data = "AccessGateway: does this key belong to this certificate?"u8.ToArray();
        var signature = Sign(data);
        using var ecdsa = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        return ecdsa?.VerifyData(data, signature, _hash, DSASignatureFormat.Rfc3279DerSequence)
            ?? rsa?.VerifyData(data, signature, _hash, RSASignaturePadding.Pkcs1)
            ?? false;
    }

    public void Dispose()
    {
        lock (_gate) _key.Dispose();
    }
}
