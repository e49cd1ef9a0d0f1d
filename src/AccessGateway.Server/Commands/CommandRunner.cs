namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Documents;

/// <summary>Exit codes: 0 success, 1 refused or failed, 2 bad usage. What went wrong is one clear text on stderr.</summary>
internal static class CommandRunner
{
    public const int Refused = 1;
    public const int BadUsage = 2;

    public static async Task<int> InvokeAsync(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"error: {error.Message}");
            await Console.Error.WriteLineAsync("See: access-gateway --help");
            return BadUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
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

        return Refused;
    }

    /// <summary>Says why not, and returns the exit code for it.</summary>
    public static async Task<int> RefuseAsync(string reason)
    {
        await Console.Error.WriteLineAsync($"error: {reason}");
        return Refused;
    }
}
