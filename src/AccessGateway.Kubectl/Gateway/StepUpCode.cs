namespace AccessGateway.Kubectl.Gateway;

/// <summary>The code for a step-up: from <c>--totp</c>, the environment, or the person. It is never printed.</summary>
internal sealed class StepUpCode(string? option, PluginEnvironment environment)
{
    public const string VariableName = "ACCESS_GATEWAY_TOTP";

    public async Task<string> GetAsync(CancellationToken cancellation)
    {
        var given = option ?? environment.Variable(VariableName);
        if (string.IsNullOrWhiteSpace(given))
            given = await AskAsync(cancellation);
        var code = given.Trim();
        if (code.Length != 6 || !code.All(char.IsAsciiDigit))
            throw new CommandFailedException("a TOTP code is six digits");
        return code;
    }

    private async Task<string> AskAsync(CancellationToken cancellation)
    {
        if (!environment.Terminal.CanAsk)
            throw new CommandFailedException($"this needs a TOTP code, and nobody can be asked for it; give --totp CODE or {VariableName}");
        await environment.Error.WriteAsync("TOTP code: ");
        await environment.Error.FlushAsync(cancellation);
        try
        {
            return await environment.Terminal.ReadHidden(cancellation);
        }
        finally
        {
            await environment.Error.WriteLineAsync();
        }
    }
}
