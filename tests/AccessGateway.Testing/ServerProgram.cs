namespace AccessGateway.Testing;

using System.Diagnostics;
using AccessGateway.Persistence;

/// <summary>What a finished command left.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>Runs the gateway's own commands in a process of their own: the published program, which starts in half the time, and the Debug build
/// where nothing is published or a failpoint is set.</summary>
internal static class ServerProgram
{
    private const string Failpoint = "ACCESSGATEWAY_FAILPOINT";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The published program, where <c>tests/run.sh</c> has made it.</summary>
    public static string? Published => Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_SERVER") is { Length: > 0 } published ? published : null;

    /// <param name="data">The data folder.</param>
    /// <param name="environment">Variables on top of those that name database and folder.</param>
    public static Task<CommandResult> RunAsync(string data, DatabaseOptions database, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunAsync(data, database, environment, _ => Task.CompletedTask, arguments);

    /// <param name="data">The data folder.</param>
    /// <param name="environment">Variables on top of those that name database and folder.</param>
    /// <param name="meanwhile">What is done to the process while it runs.</param>
    public static async Task<CommandResult> RunAsync(string data, DatabaseOptions database, IReadOnlyDictionary<string, string> environment, Func<Process, Task> meanwhile, params string[] arguments)
    {
        var program = (environment.ContainsKey(Failpoint) ? null : Published) ?? Path.Combine(AppContext.BaseDirectory, "access-gateway");
        var start = new ProcessStartInfo(program, [.. arguments, "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        start.Environment["ACCESSGATEWAY__Database__Provider"] = database.Provider;
        start.Environment["ACCESSGATEWAY__Database__ConnectionString"] = database.ConnectionString;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await meanwhile(process);
        await process.WaitForExitAsync(patience.Token);
        return new CommandResult(process.ExitCode, await output, await errors);
    }
}
