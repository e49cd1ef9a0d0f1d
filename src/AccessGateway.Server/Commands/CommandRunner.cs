namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Runtime.InteropServices;
using AccessGateway.Documents;

/// <summary>Exit codes: 0 success, 1 refused or failed, 2 bad usage, 130 and 143 stopped by SIGINT and SIGTERM. What went wrong is one clear text on stderr.</summary>
internal static class CommandRunner
{
    public const int Refused = 1;
    public const int BadUsage = 2;

    /// <summary>As shells say it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;
    public const int Terminated = 143;

    public static async Task<int> InvokeAsync(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"error: {error.Message}");
            await Console.Error.WriteLineAsync("See: access-gateway --help");
            return BadUsage;
        }

        var stoppedBy = 0;
        using var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, Interrupted));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, Terminated));
        try
        {
            // The library would stop an action by itself, and not say by which signal.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (DocumentException e)
        {
            foreach (var error in e.Errors)
                await Console.Error.WriteLineAsync($"error: {error}");
        }
        catch (Microsoft.Extensions.Options.OptionsValidationException e)
        {
            foreach (var failure in e.Failures)
                await Console.Error.WriteLineAsync($"error: {failure}");
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or System.Data.Common.DbException or System.Security.Cryptography.CryptographicException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
        }

        catch (OperationCanceledException) when (stoppedBy != 0)
        {
            await Console.Error.WriteLineAsync("error: stopped before it was done.");
            return stoppedBy;
        }

        return Refused;

        // The second one ends the process at once, as it would without us.
        void Stop(PosixSignalContext signal, int code)
        {
            if (Interlocked.CompareExchange(ref stoppedBy, code, 0) != 0)
                return;
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Says why not, and returns the exit code for it.</summary>
    public static async Task<int> RefuseAsync(string reason)
    {
        await Console.Error.WriteLineAsync($"error: {reason}");
        return Refused;
    }
}
