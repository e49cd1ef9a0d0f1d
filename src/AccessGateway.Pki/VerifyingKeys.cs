namespace AccessGateway.Pki;

using System.Collections.Concurrent;
using System.Security.Cryptography;

/// <summary>
/// ECDSA keys under which requests came of late, as the platform holds them: to take one in it multiplies the point by the order of its curve, which
/// costs twice what a signature's check does, and a grant's leaves all come under one key. A key is in the hands of one caller at a time.
/// </summary>
internal static class VerifyingKeys
{
    /// <summary>When there are so many, all are let go: those that are still in use come back at once.</summary>
    internal const int Most = 2048;

    private static volatile ConcurrentDictionary<string, ECDsa> keys = new(StringComparer.Ordinal);

    /// <summary>About how many there are: counting them would stop all who use them.</summary>
    private static int kept;

    /// <summary>How many there are exactly.</summary>
    internal static int Count => keys.Count;

    /// <exception cref="CryptographicException">The point is not on its curve, or the signature has no form.</exception>
    internal static bool Verifies(ReadOnlyMemory<byte> subjectPublicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, HashAlgorithmName hash)
    {
        var name = Convert.ToBase64String(subjectPublicKeyInfo.Span);
        var ecdsa = Take(name) ?? Import(subjectPublicKeyInfo.Span);
        var verifies = false;
        try
        {
            return verifies = ecdsa.VerifyData(data, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        finally
        {
            // Whoever has no private key for it puts nothing here.
            if (!verifies || !Keep(name, ecdsa))
                ecdsa.Dispose();
        }
    }

    private static ECDsa? Take(string name)
    {
        if (!keys.TryRemove(name, out var known))
            return null;
        Interlocked.Decrement(ref kept);
        return known;
    }

    private static bool Keep(string name, ECDsa ecdsa)
    {
        if (Volatile.Read(ref kept) >= Most)
        {
            // Disposed of when they are collected: somebody may be taking one out.
            keys = new(StringComparer.Ordinal);
            Volatile.Write(ref kept, 0);
        }

        if (!keys.TryAdd(name, ecdsa))
            return false;
        Interlocked.Increment(ref kept);
        return true;
    }

    private static ECDsa Import(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return ecdsa;
        }
        catch
        {
            ecdsa.Dispose();
            throw;
        }
    }
}
