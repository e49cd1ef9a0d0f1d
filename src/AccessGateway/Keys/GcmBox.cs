namespace AccessGateway.Keys;

using System.Security.Cryptography;

/// <summary>AES-256-GCM with a random nonce. Layout: nonce (12), ciphertext, tag (16), as <c>CKM_AES_GCM</c> has it too.</summary>
internal static class GcmBox
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>How much longer the box is than what is in it.</summary>
    public const int Overhead = NonceSize + TagSize;

    public static AesGcm Cipher(ReadOnlySpan<byte> key) => key.Length == KeySize
        ? new AesGcm(key, TagSize)
        : throw new ArgumentException($"The key has {KeySize} bytes.", nameof(key));

    public static void Seal(AesGcm aes, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> box)
    {
        RandomNumberGenerator.Fill(box[..NonceSize]);
        aes.Encrypt(box[..NonceSize], plaintext, box[NonceSize..^TagSize], box[^TagSize..], associatedData);
    }

    /// <exception cref="AuthenticationTagMismatchException">The box or the associated data is not what was sealed.</exception>
    public static byte[] Open(AesGcm aes, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associatedData)
    {
        var plaintext = new byte[box.Length - Overhead];
        aes.Decrypt(box[..NonceSize], box[NonceSize..^TagSize], box[^TagSize..], plaintext, associatedData);
        return plaintext;
    }
}
