namespace AccessGateway.Kubectl.LocalFiles;

/// <summary>One holder at a time, over threads and processes; the system lets go when a process dies. Lock files stay where
/// they are: deleting one would let two processes lock two files of the same name.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Null where somebody else holds it.</summary>
    public static FileStream? TryTake(string path)
    {
        PrivateFile.MakeFolder(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = PrivateFile.OwnerOnly,
            });
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return null;
        }
    }

    public static async Task<FileStream> TakeAsync(string path, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryTake(path) is { } taken)
                return taken;
            if (time.GetElapsedTime(started) > Patience)
                throw new CommandFailedException($"another kubectl-access has been holding {path} for over a minute");
            await Task.Delay(Pause, time, cancellation);
        }
    }
}
