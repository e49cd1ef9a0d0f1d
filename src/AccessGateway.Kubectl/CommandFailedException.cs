namespace AccessGateway.Kubectl;

/// <summary>Ends a command with one clear message on stderr. Not a bug: nothing of it but the message is ever shown.</summary>
internal class CommandFailedException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode => exitCode;

    /// <summary>Further lines below the message.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];
}
