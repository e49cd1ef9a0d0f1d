namespace AccessGateway.Persistence;

using System.Security.Cryptography;

/// <summary>The key-encryption key: 32 bytes in a file of its own (mode 0400), made at the first start.</summary>
internal static class KeyEncryptionKey
{
    /// <exception cref="InvalidOperationException">The file exists but does not hold 32 bytes, or others may read it.</exception>
    public static byte[] ReadOrCreate(string path)
    {
        if (!File.Exists(path))
            Create(path);

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            throw new InvalidOperationException($"{path} may be read by others; its mode must be 0400.");
        var key = File.ReadAllBytes(path);
        return key.Length == 32 ? key : throw new InvalidOperationException($"{path} must hold 32 bytes and holds {key.Length}.");
    }

    private static void Create(string path)
    {
        // Written aside and linked into place, so that of two first starts one wins whole.
        var temporary = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(RandomNumberGenerator.GetBytes(32));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
