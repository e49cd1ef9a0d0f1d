namespace AccessGateway.Keys;

using System.Security.Cryptography;
using System.Text;

/// <summary>Makes, wraps and unwraps data keys. A wrapped key opens only with its own id, for its own purpose.</summary>
internal static class WrappedKey
{
    /// <summary>A new data key for a purpose.</summary>
    public static DataKey New(string purpose, IKeyEncryptionKey by, DateTimeOffset now)
    {
        var id = RandomNumberGenerator.GetBytes(DataKey.IdSize);
        var key = RandomNumberGenerator.GetBytes(GcmBox.KeySize);
        try
        {
            return new DataKey { Id = id, Purpose = purpose, WrappedKey = Wrap(key, DataKey.NameOf(id), purpose, by), KeyEncryptionKeyId = by.Id, CreatedAt = now };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The wrapped key, wrapped by another key.</summary>
    public static byte[] Rewrap(DataKey dataKey, IKeyEncryptionKey from, IKeyEncryptionKey to)
    {
        var key = Unwrap(dataKey, from);
        try
        {
            return Wrap(key, dataKey.Name, dataKey.Purpose, to);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The data key, ready for use.</summary>
    /// <exception cref="CryptographicException">It was changed, or belongs to another row.</exception>
    public static DataCipher Open(DataKey dataKey, IKeyEncryptionKey by)
    {
        var key = Unwrap(dataKey, by);
        try
        {
            return new DataCipher(dataKey, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Wrap(byte[] key, string name, string purpose, IKeyEncryptionKey by)
    {
        var wrapped = by.Wrap(key, Place(name, purpose, by));
        // Whatever the token did: what cannot be opened again must not be stored.
        var opened = by.Unwrap(wrapped, Place(name, purpose, by));
        var same = CryptographicOperations.FixedTimeEquals(key, opened);
        CryptographicOperations.ZeroMemory(opened);
        return same ? wrapped : throw new CryptographicException($"The key-encryption key {by.Id} does not open what it wrapped.");
    }

    private static byte[] Unwrap(DataKey dataKey, IKeyEncryptionKey by)
    {
        try
        {
            return by.Unwrap(dataKey.WrappedKey, Place(dataKey.Name, dataKey.Purpose, by));
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"The data key {dataKey.Name} for {dataKey.Purpose} does not open with {by.Id}: it was changed.", e);
        }
    }

    private static byte[] Place(string name, string purpose, IKeyEncryptionKey by) =>
        Encoding.UTF8.GetBytes($"{nameof(DataKey)}|{name}|{nameof(DataKey.WrappedKey)}|{purpose}|{by.Id}");
}
