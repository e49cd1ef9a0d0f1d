namespace AccessGateway.Keys;

using System.Security.Cryptography;
using System.Text;

/// <summary>The key that wraps the data keys. It is opened when it is needed and closed again: no copy stays in memory.</summary>
internal interface IKeyEncryptionKey : IDisposable
{
    /// <summary>Tells keys apart and reveals nothing: <see cref="KeyEncryptionKeyId"/>.</summary>
    string Id { get; }

    /// <summary>Wraps a data key, as <see cref="GcmBox"/> lays it out.</summary>
    byte[] Wrap(ReadOnlySpan<byte> key, byte[] associatedData);

    /// <exception cref="CryptographicException">It was not wrapped by this key with this associated data, or was changed.</exception>
    byte[] Unwrap(ReadOnlySpan<byte> wrapped, byte[] associatedData);
}

/// <summary>
/// The id of a key-encryption key: a hash of one block that it encrypts. A key has the same id wherever it is kept, so a key in a file
/// can move into a token.
/// </summary>
internal static class KeyEncryptionKeyId
{
    /// <summary>What the key encrypts, with plain AES. Not zero: that block is GCM's own secret. No counter block of GCM looks like it.</summary>
    public static readonly byte[] Block = SHA256.HashData(Encoding.UTF8.GetBytes("access-gateway key-encryption key id"))[..16];

    /// <param name="encrypted"><see cref="Block"/>, encrypted.</param>
    public static string Of(ReadOnlySpan<byte> encrypted) => $"kek-{Convert.ToHexStringLower(SHA256.HashData(encrypted).AsSpan(0, 8))}";
}
