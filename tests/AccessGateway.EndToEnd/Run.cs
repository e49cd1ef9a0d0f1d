namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using System.Text.RegularExpressions;

/// <summary>What a finished command left.</summary>
internal sealed record Finished(int ExitCode, string Output, string Errors)
{
    /// <summary>The output, where the command succeeded.</summary>
    public string Succeeded() => ExitCode == 0 ? Output : throw new InvalidOperationException($"Exit code {ExitCode}: {Output}{Errors}");
}

/// <summary>Runs programs as a person at a shell does.</summary>
internal static class Run
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task<Finished> ToEndAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(program, arguments, environment);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        return new Finished(process.ExitCode, await output, await errors);
    }

    /// <summary>Reads lines until one matches.</summary>
    public static async Task<string> FindAsync(StreamReader lines, Regex wanted)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            if (wanted.Match(line) is { Success: true } match)
                return match.Value;
        }

        throw new InvalidOperationException($"The program ended before it printed {wanted}.");
    }

    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
