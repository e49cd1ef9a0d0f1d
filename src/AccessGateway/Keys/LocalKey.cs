namespace AccessGateway.Keys;

using System.Security.Cryptography;

/// <summary>A key-encryption key that the process reads: from a file or from the environment.</summary>
internal sealed class LocalKey : IKeyEncryptionKey
{
    private readonly AesGcm _aes;

    /// <param name="key">256 random bits; wiped.</param>
    public LocalKey(byte[] key)
    {
        try
        {
            _aes = GcmBox.Cipher(key);
            using var plain = Aes.Create();
            plain.SetKey(key);
            Id = KeyEncryptionKeyId.Of(plain.EncryptEcb(KeyEncryptionKeyId.Block, PaddingMode.None));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public string Id { get; }

    public byte[] Wrap(ReadOnlySpan<byte> key, byte[] associatedData)
    {
        var wrapped = new byte[key.Length + GcmBox.Overhead];
        GcmBox.Seal(_aes, key, associatedData, wrapped);
        return wrapped;
    }

    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, byte[] associatedData) => wrapped.Length >= GcmBox.Overhead
        ? GcmBox.Open(_aes, wrapped, associatedData)
        : throw new CryptographicException("The wrapped key is too short.");

    public void Dispose() => _aes.Dispose();
}
