namespace AccessGateway.Persistence;

using System.Security.Cryptography;
using System.Text;

/// <summary>
/// Encrypts what must not be read from a copy of the database: AES-256-GCM (NIST SP 800-38D) under a key derived per purpose
/// (HKDF-SHA-256, RFC 5869) from the key-encryption key, which lives outside the database. The associated data names the
/// place (<c>table|row|column</c>), so that a ciphertext moved elsewhere does not open.
/// </summary>
internal sealed class SecretBox : IDisposable
{
    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _keyEncryptionKey;

    /// <param name="keyEncryptionKey">32 random bytes.</param>
    public SecretBox(ReadOnlySpan<byte> keyEncryptionKey)
    {
        if (keyEncryptionKey.Length != 32)
            throw new ArgumentException("The key-encryption key has 32 bytes.", nameof(keyEncryptionKey));
        _keyEncryptionKey = keyEncryptionKey.ToArray();
    }

    /// <summary>Layout: version (1), nonce (12), ciphertext, tag (16).</summary>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, string table, string row, string column)
    {
        var result = new byte[1 + NonceSize + plaintext.Length + TagSize];
        result[0] = Version;
        var nonce = result.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = Cipher(table, column);
        aes.Encrypt(nonce, plaintext, result.AsSpan(1 + NonceSize, plaintext.Length), result.AsSpan(^TagSize..), Place(table, row, column));
        return result;
    }

    /// <exception cref="CryptographicException">The ciphertext was changed, moved, or made under another key.</exception>
    public byte[] Open(ReadOnlySpan<byte> box, string table, string row, string column)
    {
        if (box.Length < 1 + NonceSize + TagSize || box[0] != Version)
            throw new CryptographicException($"{table}.{column} holds no ciphertext of a known version.");
        var plaintext = new byte[box.Length - 1 - NonceSize - TagSize];
        using var aes = Cipher(table, column);
        aes.Decrypt(box.Slice(1, NonceSize), box[(1 + NonceSize)..^TagSize], box[^TagSize..], plaintext, Place(table, row, column));
        return plaintext;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_keyEncryptionKey);

    private AesGcm Cipher(string table, string column)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _keyEncryptionKey, key, [], Encoding.UTF8.GetBytes($"access-gateway/{table}/{column}"));
        var aes = new AesGcm(key, TagSize);
        CryptographicOperations.ZeroMemory(key);
        return aes;
    }

    private static byte[] Place(string table, string row, string column) => Encoding.UTF8.GetBytes($"{table}|{row}|{column}|{Version}");
}
