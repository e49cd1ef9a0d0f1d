namespace AccessGateway.Keys;

using System.Security.Cryptography;
using System.Text;

/// <summary>
/// Seals and opens with one data key. Layout of a sealed value: version (1), id of the data key (8), then what <see cref="GcmBox"/>
/// makes. The key's bytes are in the cipher alone, where nothing copies them and their end wipes them.
/// </summary>
internal sealed class DataCipher : IDisposable
{
    private const byte Version = 2;
    private const int HeaderSize = 1 + DataKey.IdSize;

    private readonly Lock _gate = new();
    private readonly byte[] _id;
    private readonly string _name;
    private AesGcm? _aes;

    /// <param name="key">256 bits.</param>
    public DataCipher(DataKey dataKey, ReadOnlySpan<byte> key)
    {
        (_id, _name, Purpose) = (dataKey.Id, dataKey.Name, dataKey.Purpose);
        _aes = GcmBox.Cipher(key);
    }

    public string Purpose { get; }

    public static bool IsWellFormed(ReadOnlySpan<byte> box) => box.Length >= HeaderSize + GcmBox.Overhead && box[0] == Version;

    /// <summary>The id of the data key that sealed a well-formed value.</summary>
    public static ReadOnlySpan<byte> KeyIdOf(ReadOnlySpan<byte> box) => box[1..HeaderSize];

    public byte[] Seal(ReadOnlySpan<byte> plaintext, string table, string row, string column)
    {
        var result = new byte[HeaderSize + plaintext.Length + GcmBox.Overhead];
        result[0] = Version;
        _id.CopyTo(result, 1);
        lock (_gate)
            GcmBox.Seal(Aes, plaintext, Place(table, row, column), result.AsSpan(HeaderSize));
        return result;
    }

    /// <exception cref="CryptographicException">It was changed or moved.</exception>
    public byte[] Open(ReadOnlySpan<byte> box, string table, string row, string column)
    {
        try
        {
            lock (_gate)
                return GcmBox.Open(Aes, box[HeaderSize..], Place(table, row, column));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new CryptographicException($"{table}.{column} of {row} does not open: it was changed, or belongs to another place.", e);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _aes?.Dispose();
            _aes = null;
        }
    }

    private AesGcm Aes => _aes ?? throw new CryptographicException($"The data key {_name} was deleted.");

    /// <summary>Of the four only the row may hold a '|', so no two places read alike.</summary>
    private byte[] Place(string table, string row, string column) => Encoding.UTF8.GetBytes($"{table}|{row}|{column}|{_name}");
}
