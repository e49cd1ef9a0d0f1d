namespace AccessGateway.Keys;

using System.Runtime.InteropServices;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

/// <summary>
/// A vendor's PKCS #11 module in use. A process has one initialization of a module, so those who use it at the same time share it, and
/// the last one ends it; the next begins afresh and finds tokens as they are then.
/// </summary>
internal sealed class Pkcs11Module : IDisposable
{
    private static readonly Pkcs11InteropFactories Factories = Prepare();

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, (IPkcs11Library Library, int Users)> Loaded = new(StringComparer.Ordinal);

    private readonly string _path;
    private bool _disposed;

    private Pkcs11Module(string path, IPkcs11Library library) => (_path, Library) = (path, library);

    public IPkcs11Library Library { get; }

    /// <exception cref="InvalidOperationException">There is no such module, or it does not start.</exception>
    public static Pkcs11Module Open(string path, string setting)
    {
        if (!File.Exists(path))
            throw new InvalidOperationException($"{setting}: there is no PKCS #11 module {path}.");
        lock (Gate)
        {
            var (library, users) = Loaded.TryGetValue(path, out var loaded) ? loaded : (Load(path, setting), 0);
            Loaded[path] = (library, users + 1);
            return new Pkcs11Module(path, library);
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        lock (Gate)
        {
            var (library, users) = Loaded[_path];
            if (users > 1)
            {
                Loaded[_path] = (library, users - 1);
                return;
            }

            Loaded.Remove(_path);
            library.Dispose();
        }
    }

    /// <summary>The library asks for <c>libdl</c> by a name that only development packages bring; the running program has its functions.</summary>
    private static Pkcs11InteropFactories Prepare()
    {
        NativeLibrary.SetDllImportResolver(
            typeof(Pkcs11InteropFactories).Assembly, static (name, _, _) => name == "libdl" ? NativeLibrary.GetMainProgramHandle() : IntPtr.Zero);
        return new Pkcs11InteropFactories();
    }

    private static IPkcs11Library Load(string path, string setting)
    {
        try
        {
            return Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, path, AppType.MultiThreaded);
        }
        catch (Exception e) when (e is UnmanagedException or LibraryArchitectureException or Pkcs11Exception)
        {
            throw new InvalidOperationException($"{setting}: {path} does not load as a PKCS #11 module: {e.Message}", e);
        }
    }
}
