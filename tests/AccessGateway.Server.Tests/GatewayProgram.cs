namespace AccessGateway.Server.Tests;

using System.Diagnostics;
using AccessGateway.Testing;

/// <summary>The server program in a process of its own, on the data and documents of a test's gateway.</summary>
internal static class GatewayProgram
{
    private static readonly string Path = ServerProgram.Published ?? System.IO.Path.Combine(FindRoot(), "artifacts", "bin", "AccessGateway.Server", "debug", "access-gateway");

    public static async Task<(int ExitCode, string Out, string Error)> RunAsync(TestGateway gateway, TestDatabase database, params string[] arguments)
    {
        var data = System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(gateway.CertificateAuthorityFile))!;
        return await RunAsync(
            [.. arguments, "--data", data, "--config", System.IO.Path.Combine(data, "config"), "--public-url", "https://localhost"],
            new Dictionary<string, string> { ["ACCESSGATEWAY__Database__Provider"] = database.Options.Provider, ["ACCESSGATEWAY__Database__ConnectionString"] = database.Options.ConnectionString });
    }

    public static async Task<(int ExitCode, string Out, string Error)> RunAsync(string[] arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "AccessGateway.sln")))
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }
}
