namespace AccessGateway.Pki;

using System.Collections.Concurrent;
using System.Security.Cryptography;

/// <summary>
/// ECDSA keys under which requests came of late, as the platform holds them: to take one in it multiplies the point by the order of its curve, which
/// costs twice what a signature's check does, and a grant's leaves all come under one key. A key is in the hands of one caller at a time.
/// </summary>
internal static class VerifyingKeys
{
    /// <summary>Keys of each of two generations; those of the older one that are not asked for again go.</summary>
    private const int Most = 1024;

    private static readonly Lock Turn = new();

    private static volatile ConcurrentDictionary<string, ECDsa> newer = new(StringComparer.Ordinal);
    private static volatile ConcurrentDictionary<string, ECDsa> older = new(StringComparer.Ordinal);

    /// <summary>About how many are in the newer generation: counting them would stop all who use it.</summary>
    private static int kept;

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
        if (newer.TryRemove(name, out var known))
        {
            Interlocked.Decrement(ref kept);
            return known;
        }

        return older.TryRemove(name, out known) ? known : null;
    }

    private static bool Keep(string name, ECDsa ecdsa)
    {
        if (Volatile.Read(ref kept) >= Most)
        {
            lock (Turn)
            {
                if (kept >= Most)
                {
                    // What is left in it is disposed of when it is collected: somebody may be taking one out.
                    (older, newer, kept) = (newer, new(StringComparer.Ordinal), 0);
                }
            }
        }

        if (!newer.TryAdd(name, ecdsa))
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
