namespace AccessGateway.Keys;

using System.Security.Cryptography;

/// <summary>
/// Encrypts what must not be read from a copy of the database: AES-256-GCM (NIST SP 800-38D) under the data key of the column's
/// purpose. The associated data names the place and the key (<c>table|row|column|key id</c>), so that a ciphertext moved elsewhere does
/// not open.
/// </summary>
internal sealed class SecretBox(KeyRing keys)
{
    /// <param name="table">The entity's name.</param>
    /// <param name="row">Its primary key.</param>
    /// <param name="column">The property, which is marked with <see cref="SealedAttribute"/>.</param>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, string table, string row, string column) =>
        keys.ForSealing(SealedColumns.PurposeOf(table, column)).Seal(plaintext, table, row, column);

    /// <exception cref="CryptographicException">The ciphertext was changed, cut or moved, or its data key is not there.</exception>
    public byte[] Open(ReadOnlySpan<byte> box, string table, string row, string column)
    {
        var purpose = SealedColumns.PurposeOf(table, column);
        if (!DataCipher.IsWellFormed(box))
            throw new CryptographicException($"{table}.{column} of {row} holds no sealed value of a known version.");
        var cipher = keys.ForOpening(DataCipher.KeyIdOf(box))
            ?? throw new CryptographicException($"{table}.{column} of {row} is sealed with data key {DataKey.NameOf(DataCipher.KeyIdOf(box))}, which does not exist.");
        if (cipher.Purpose != purpose)
            throw new CryptographicException($"{table}.{column} of {row} is sealed with a data key for {cipher.Purpose}, not for {purpose}.");
        return cipher.Open(box, table, row, column);
    }
}
