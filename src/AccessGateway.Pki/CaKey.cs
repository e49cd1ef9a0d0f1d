namespace AccessGateway.Pki;

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;

/// <summary>
/// The private key of a CA. The platform signs: it is faster than managed code and computes in constant time.
/// Its key objects promise no thread safety, so that each is used by one thread at a time: a key that can be copied is, once for each
/// processor, and one that lies in a token signs one after the other.
/// </summary>
internal sealed class CaKey : IDisposable
{
    private const int MinimumRsaBits = 2048;

    private readonly Lock _gate = new();
    private readonly AsymmetricAlgorithm _key;
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];
    private int _copiesLeft = Environment.ProcessorCount;
    private volatile bool _disposed;
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
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((_idle.TryTake(out var idle) ? idle : Copy()) is not { } copy)
        {
            lock (_gate) return Sign(_key, data);
        }

        try
        {
            return Sign(copy, data);
        }
        finally
        {
            _idle.Add(copy);
            if (_disposed) DisposeIdle();
        }
    }

    private byte[] Sign(AsymmetricAlgorithm key, byte[] data) => key is ECDsa ecdsa
        ? ecdsa.SignData(data, _hash, DSASignatureFormat.Rfc3279DerSequence)
        : ((RSA)key).SignData(data, _hash, RSASignaturePadding.Pkcs1);

    /// <summary>Null where there are enough, or the key does not let itself be copied.</summary>
    private AsymmetricAlgorithm? Copy()
    {
        if (Volatile.Read(ref _copiesLeft) <= 0 || Interlocked.Decrement(ref _copiesLeft) < 0) return null;
        try
        {
            lock (_gate) return _key is ECDsa ecdsa ? ECDsa.Create(ecdsa.ExportParameters(includePrivateParameters: true)) : RSA.Create(((RSA)_key).ExportParameters(includePrivateParameters: true));
        }
        catch (Exception exception) when (exception is CryptographicException or NotSupportedException)
        {
            Volatile.Write(ref _copiesLeft, 0);
            return null;
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
        _disposed = true;
        DisposeIdle();
        lock (_gate) _key.Dispose();
    }

    private void DisposeIdle()
    {
        while (_idle.TryTake(out var copy)) copy.Dispose();
    }
}
