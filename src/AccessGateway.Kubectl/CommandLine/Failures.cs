namespace AccessGateway.Kubectl.CommandLine;

using AccessGateway.Kubectl.Output;

/// <summary>How a command ends: a message on stderr and an exit code, never a stack trace.</summary>
internal static class Failures
{
    public static async Task<int> GuardAsync(PluginEnvironment environment, Func<Task> action, CancellationToken cancellation)
    {
        try
        {
            await action();
            return ExitCodes.Ok;
        }
        catch (CommandFailedException e)
        {
            return Tell(environment, e.Message, e.ExitCode, e.Lines);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Tell(environment, e.Message, ExitCodes.Failed);
        }
        catch (Exception e)
        {
            return Tell(environment, $"this is a bug of kubectl-access: {e.GetType().Name}: {e.Message}", ExitCodes.Failed);
        }
    }

    public static int Tell(PluginEnvironment environment, string message, int exitCode, IReadOnlyList<string>? lines = null)
    {
        environment.Error.WriteLine("error: " + TerminalText.Clean(message));
        foreach (var line in lines ?? [])
            environment.Error.WriteLine("  " + TerminalText.Clean(line));
        return exitCode;
    }
}
