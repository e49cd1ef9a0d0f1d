namespace AccessGateway.Outbound;

/// <summary>Where a secret of the operator's is: never what it is. It is read when it is used, so that a new one counts without a
/// restart, and stands in no document, log or database.</summary>
internal sealed record SecretReference(string? File, string? Variable)
{
    private const int MaxLength = 16 * 1024;

    /// <summary>The secret, without white space around it.</summary>
    /// <exception cref="OutboundException">It is missing; the message names the place.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var text = Variable is not null ? Environment.GetEnvironmentVariable(Variable) : await ReadFileAsync(cancellationToken);
        return text?.Trim() is { Length: > 0 and <= MaxLength } secret ? secret : throw new OutboundException($"The secret in {this} is empty, missing or too long.");
    }

    public override string ToString() => Variable is not null ? $"the environment variable {Variable}" : $"the file {Path.GetFileName(File)}";

    private async Task<string> ReadFileAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(File!).Length > MaxLength ? "" : await System.IO.File.ReadAllTextAsync(File!, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new OutboundException($"The secret in {this} cannot be read.");
        }
    }
}
