namespace AccessGateway.Testing;

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

/// <summary>A SoftHSM of a test's own, with one token, where <c>ACCESSGATEWAY_TEST_SOFTHSM</c> names the module, as
/// <c>tests/run.sh</c> does.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class SoftHsm : IDisposable
{
    public const string Token = "gateway";
    public const string Pin = "1234-user";

    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-softhsm-").FullName;

    private SoftHsm()
    {
    }

    /// <summary>The PKCS #11 module; null without one.</summary>
    public static string? Module => Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_SOFTHSM") is { Length: > 0 } module ? module : null;

    public string PinFile => Path.Combine(_folder, "pin");

    public string Configuration => Path.Combine(_folder, "softhsm2.conf");

    public static async Task<SoftHsm> CreateAsync()
    {
        var hsm = new SoftHsm();
        Directory.CreateDirectory(Path.Combine(hsm._folder, "tokens"));
        await File.WriteAllTextAsync(hsm.Configuration, $"directories.tokendir = {hsm._folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        await File.WriteAllTextAsync(hsm.PinFile, $"{Pin}\n");
        File.SetUnixFileMode(hsm.PinFile, UnixFileMode.UserRead);
        await hsm.AddTokenAsync();
        return hsm;
    }

    /// <summary>Adds a token with the usual label.</summary>
    public Task AddTokenAsync() => UtilAsync("--init-token", "--free", "--label", Token, "--so-pin", "12345678", "--pin", Pin);

    /// <summary>A random key that SoftHSM's tool imports whole: it reads a line of text.</summary>
    public static byte[] NewKey(int size = 32)
    {
        var key = RandomNumberGenerator.GetBytes(size);
        for (var i = 0; i < size; i++)
            key[i] |= 0x80;
        return key;
    }

    /// <summary>Puts an AES key into the token.</summary>
    public async Task ImportAsync(byte[] key, string label, string id = "01")
    {
        var file = Path.Combine(_folder, "key");
        await File.WriteAllBytesAsync(file, key);
        await UtilAsync("--import", file, "--aes", "--token", Token, "--label", label, "--id", id, "--pin", Pin, "--force");
        File.Delete(file);
    }

    /// <summary>Puts a private key (PKCS #8 in PEM) with its public one into the token.</summary>
    public async Task ImportPairAsync(string pem, string label, string id = "0a")
    {
        var file = Path.Combine(_folder, "pair");
        await File.WriteAllTextAsync(file, pem);
        await UtilAsync("--import", file, "--token", Token, "--label", label, "--id", id, "--pin", Pin, "--force");
        File.Delete(file);
    }

    /// <summary>The address of a key pair in the token (RFC 7512).</summary>
    /// <param name="module">Another module that leads to it; its own where missing.</param>
    public string AddressOf(string label, string? module = null) => $"pkcs11:token={Token};object={label};type=private?module-path={module ?? Module}&pin-source=file:{PinFile}";

    /// <summary>For SoftHSM in this process, which reads it when the module is loaded.</summary>
    public void UseHere() => _ = SetEnvironment("SOFTHSM2_CONF", Configuration, 1);

    /// <summary>The settings of a gateway that uses the key with a label, as environment variables.</summary>
    public Dictionary<string, string> Settings(string keyLabel, string section = "Keys") => new()
    {
        ["SOFTHSM2_CONF"] = Configuration,
        [$"ACCESSGATEWAY__{section}__Source"] = "pkcs11",
        [$"ACCESSGATEWAY__{section}__Pkcs11__Module"] = Module!,
        [$"ACCESSGATEWAY__{section}__Pkcs11__TokenLabel"] = Token,
        [$"ACCESSGATEWAY__{section}__Pkcs11__KeyLabel"] = keyLabel,
        [$"ACCESSGATEWAY__{section}__Pkcs11__PinFile"] = PinFile,
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>.NET keeps a copy of the environment, which native code does not see.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private async Task UtilAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("softhsm2-util", ["--module", Module!, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"softhsm2-util {arguments[0]}: {await output}{await errors}");
    }
}
