namespace AccessGateway.Pki.Tests;

using System.Diagnostics;
using Xunit;

/// <summary>The `openssl` command in a folder of its own: a second opinion that shares no code with the gateway.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-pki-").FullName;

    internal void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    internal string Read(string file) => File.ReadAllText(Path.Combine(_folder, file));

    /// <summary>Runs it, asserts that it succeeds, and gives what it printed.</summary>
    internal string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: {error.Result}");
        return output;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
