namespace AccessGateway.Kubectl.LocalFiles;

/// <summary>Files that only their owner reads (0600, in folders 0700), replaced whole: a reader sees the old or the new content.</summary>
internal static class PrivateFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Null where there is no such file.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        MakeFolder(Path.GetDirectoryName(path)!);
        Replace(path, content);
    }

    /// <summary>The same in a folder that is somebody else's business.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            }))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static void Delete(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    /// <summary>Makes the folder, and closes one that others could look into.</summary>
    public static void MakeFolder(string path)
    {
        var folder = Directory.CreateDirectory(path, OwnerOnlyFolder);
        if (folder.UnixFileMode != OwnerOnlyFolder)
            folder.UnixFileMode = OwnerOnlyFolder;
    }
}
