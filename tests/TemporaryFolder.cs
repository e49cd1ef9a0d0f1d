namespace AccessGateway;

using System.Runtime.CompilerServices;

/// <summary>Each test program has a temporary folder of its own, which goes with it: whatever a killed gateway or a library leaves there, nothing
/// stays on the machine. Programs that it starts inherit it.</summary>
internal static class TemporaryFolder
{
    /// <summary>The sockets of a cluster lie in it, and the path of a socket has 107 characters at most.</summary>
    private const string Prefix = "ag-";

    [ModuleInitializer]
    internal static void Use()
    {
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        Environment.SetEnvironmentVariable("TMPDIR", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // Something that still runs writes into it: the tests' result is not to change for that.
            }
        };
    }
}
