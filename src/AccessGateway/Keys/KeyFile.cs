namespace AccessGateway.Keys;

using System.Runtime.InteropServices;
using System.Security.Cryptography;

/// <summary>Files that hold a secret: for their owner alone.</summary>
internal static class KeyFile
{
    private const int Longest = 4096;

    /// <summary>Reads a key-encryption key: 32 bytes.</summary>
    /// <exception cref="InvalidOperationException">There is no such file, it has another size, or others may read it.</exception>
    public static byte[] ReadKey(string path, string setting)
    {
        if (!File.Exists(path))
            throw new InvalidOperationException($"{setting}: there is no file {path}, and data keys are wrapped by it. Restore it from its backup; a new one would open nothing.");
        var key = Read(path, setting);
        if (key.Length == GcmBox.KeySize)
            return key;
        CryptographicOperations.ZeroMemory(key);
        throw new InvalidOperationException($"{setting}: {path} must hold {GcmBox.KeySize} bytes and holds {key.Length}.");
    }

    /// <summary>Reads a small secret file.</summary>
    /// <exception cref="InvalidOperationException">There is no such file, it is too large, or others may read it.</exception>
    public static byte[] Read(string path, string setting)
    {
        if (!File.Exists(path))
            throw new InvalidOperationException($"{setting}: there is no file {path}.");
        using var file = File.OpenHandle(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            throw new InvalidOperationException($"{setting}: {path} is open to others; its mode must be 0400.");
        if (RandomAccess.GetLength(file) > Longest)
            throw new InvalidOperationException($"{setting}: {path} is longer than {Longest} bytes.");
        var bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, fileOffset: 0);
        return bytes;
    }

    /// <summary>Makes a key-encryption key with mode 0400. Where somebody else makes it at the same time, theirs stays.</summary>
    public static void CreateKey(string path)
    {
        // Written aside and linked into place, so that of two first starts one wins whole.
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead;
        var key = RandomNumberGenerator.GetBytes(GcmBox.KeySize);
        using (var file = new FileStream(temporary, options))
        {
            file.Write(key);
            file.Flush(flushToDisk: true);
        }

        CryptographicOperations.ZeroMemory(key);
        try
        {
            PutInPlace(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Gives the file its name unless another has it. <see cref="File.Move(string, string, bool)"/> would not do: on Unix it looks
    /// first and renames later, over what came between.</summary>
    private static void PutInPlace(string temporary, string path)
    {
        if (OperatingSystem.IsWindows())
            File.Copy(temporary, path, overwrite: false);
        else if (Link(temporary, path) != 0 && !File.Exists(path))
            throw new IOException($"{path} could not be made: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
