namespace AccessGateway.Testing;

using System.Diagnostics;
using System.Runtime.Versioning;

/// <summary>A PKCS #11 module that leads to SoftHSM and fails when it is told to: it is compiled here, with the C compiler of the machine.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class FaultyModule : IDisposable
{
    /// <summary>The positions in CK_FUNCTION_LIST (PKCS #11 2.20) of what can fail: C_OpenSession, C_CloseSession, C_Sign.</summary>
    private const string Source = """
        #include <dlfcn.h>
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        typedef unsigned long U;
        typedef struct { unsigned char version[2]; void *f[68]; } List;
        static List list, *real;
        static U fault(void) {
          for (;;) {
            char what[8] = "";
            FILE *file = fopen(CONTROL, "r");
            if (!file) return 0;
            if (!fgets(what, sizeof what, file)) what[0] = 0;
            fclose(file);
            if (strncmp(what, "hang", 4)) return 0x32; /* CKR_DEVICE_REMOVED */
            usleep(5000);
          }
        }
        static U open_session(U slot, U flags, void *app, void *notify, U *session) {
          U r = fault(); return r ? r : ((U (*)(U, U, void *, void *, U *))real->f[12])(slot, flags, app, notify, session);
        }
        static U close_session(U session) { U r = fault(); return r ? r : ((U (*)(U))real->f[13])(session); }
        static U sign(U session, void *data, U length, void *signature, U *size) {
          U r = fault(); return r ? r : ((U (*)(U, void *, U, void *, U *))real->f[43])(session, data, length, signature, size);
        }
        U C_GetFunctionList(List **out) {
          void *library = dlopen(REAL, RTLD_NOW);
          U (*get)(List **) = library ? (U (*)(List **))dlsym(library, "C_GetFunctionList") : 0;
          if (!get || get(&real)) return 5;
          list = *real;
          list.f[12] = open_session; list.f[13] = close_session; list.f[43] = sign;
          *out = &list;
          return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-module-").FullName;

    private FaultyModule()
    {
    }

    public string Path => System.IO.Path.Combine(_folder, "module.so");

    private string Control => System.IO.Path.Combine(_folder, "fault");

    /// <summary>Null without a C compiler.</summary>
    public static async Task<FaultyModule?> CreateAsync()
    {
        if (new[] { "/usr/bin/clang", "/usr/bin/gcc" }.FirstOrDefault(File.Exists) is not { } compiler)
            return null;
        var module = new FaultyModule();
        var source = System.IO.Path.Combine(module._folder, "module.c");
        await File.WriteAllTextAsync(source, Source);
        string[] arguments = ["-shared", "-fPIC", $"-DCONTROL=\"{module.Control}\"", $"-DREAL=\"{SoftHsm.Module}\"", "-o", module.Path, source, "-ldl"];
        using var process = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? module : throw new InvalidOperationException(error);
    }

    public void Hang() => File.WriteAllText(Control, "hang");

    /// <summary>The token is pulled out.</summary>
    public void Remove() => File.WriteAllText(Control, "removed");

    public void Mend() => File.Delete(Control);

    /// <summary>The library stays loaded: nothing waits in it any more.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
