namespace AccessGateway.Keys;

using System.Collections.Concurrent;
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

    private static readonly ConcurrentDictionary<string, Use> Uses = new(StringComparer.Ordinal);

    private readonly Use _use;
    private bool _disposed;

    private Pkcs11Module(Use use, IPkcs11Library library) => (_use, Library) = (use, library);

    public IPkcs11Library Library { get; }

    /// <exception cref="InvalidOperationException">There is no such module, or it does not start.</exception>
    public static Pkcs11Module Open(string path, string setting)
    {
        if (!File.Exists(path))
            throw new InvalidOperationException($"{setting}: there is no PKCS #11 module {path}.");
        var use = Uses.GetOrAdd(path, _ => new Use());
        lock (use.Gate)
        {
            use.Library ??= Load(path, setting);
            use.Users++;
            return new Pkcs11Module(use, use.Library);
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        lock (_use.Gate)
        {
            if (--_use.Users > 0)
                return;
            var library = _use.Library!;
            _use.Library = null;
            library.Dispose();
        }
    }

    /// <summary>Who uses one module. Each has its own lock: one that hangs while it starts keeps nobody from another.</summary>
    private sealed class Use
    {
        public Lock Gate { get; } = new();

        public IPkcs11Library? Library { get; set; }

        public int Users { get; set; }
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
