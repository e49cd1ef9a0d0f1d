namespace AccessGateway.Kubectl.Credentials;

using AccessGateway.Kubectl.LocalFiles;
using Microsoft.Win32.SafeHandles;

/// <summary>
/// <c>kubectl-access credential --grant GR</c> with a fresh credential in the cache: what every kubectl command waits for. One
/// file read, one write to stdout; no command line library, no HTTP, no JSON, no console.
/// </summary>
internal static class FastPath
{
    public static bool TryPrint(string[] args, Func<string, string?> variable, TimeProvider time, Action<ReadOnlyMemory<byte>> print)
    {
        if (args is not ["credential", "--grant", var grantId] || !Identifiers.IsGrant(grantId))
            return false;
        try
        {
            var cached = CachedCredential.Read(new PluginPaths(variable).CredentialFile(grantId));
            if (cached is null || !cached.IsFresh(time.GetUtcNow().ToUnixTimeSeconds()))
                return false;
            print(ExecCredentialJson.InAskedVersion(cached.ExecCredential, variable));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CommandFailedException)
        {
            // The slow path meets the same and says what is wrong.
            return false;
        }
    }

    /// <summary>Straight to file descriptor 1: Console would set up encodings and terminal first.</summary>
    public static void PrintToStandardOutput(ReadOnlyMemory<byte> content)
    {
        using var handle = new SafeFileHandle(1, ownsHandle: false);
        using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        stream.Write(content.Span);
        stream.Write("\n"u8);
    }
}
