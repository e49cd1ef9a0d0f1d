namespace AccessGateway.Kubectl.Gateway;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Output;

/// <summary>How the person at the terminal proves themselves: by a code, from <c>--totp</c>, the environment or their keyboard, or in a
/// browser, which passkeys need. A code is never printed.</summary>
internal sealed class StepUpDialog(string? option, bool browser, PluginEnvironment environment)
{
    public const string VariableName = "ACCESS_GATEWAY_TOTP";

    public PluginEnvironment Environment => environment;

    /// <summary>Null where the browser is to be used: because it was asked for, because no code would count, or because the person
    /// chose so.</summary>
    /// <param name="methods">What the gateway accepts; a gateway that does not say takes codes.</param>
    public async Task<string?> CodeAsync(IReadOnlyList<string> methods, CancellationToken cancellation)
    {
        if (browser || (methods.Count > 0 && !methods.Contains(StepUpMethods.Totp)))
            return null;
        var given = option ?? environment.Variable(VariableName);
        if (string.IsNullOrWhiteSpace(given))
        {
            var hasChoice = methods.Contains(StepUpMethods.Passkey);
            given = await AskAsync(hasChoice ? "TOTP code (nothing for the browser): " : "TOTP code: ", cancellation);
            if (hasChoice && given.Trim().Length == 0)
                return null;
        }

        var code = given.Trim();
        if (code.Length != 6 || !code.All(char.IsAsciiDigit))
            throw new CommandFailedException("a TOTP code is six digits");
        return code;
    }

    /// <summary>Says where to go, and goes there where this machine has a browser.</summary>
    public async Task ShowAsync(BrowserStepUp prompt)
    {
        if (!Uri.TryCreate(prompt.Address, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
            throw new CommandFailedException("the gateway gave no address to prove yourself at");
        await environment.Error.WriteLineAsync(TerminalText.Clean($"Prove that it is you, in a browser that is signed in as you: {address.AbsoluteUri}"));
        await environment.Error.WriteLineAsync(TerminalText.Clean($"The page must show the reference {prompt.Reference}"));
        environment.OpenBrowser(address);
    }

    private async Task<string> AskAsync(string question, CancellationToken cancellation)
    {
        if (!environment.Terminal.CanAsk)
            throw new CommandFailedException($"this needs a TOTP code, and nobody can be asked for it; give --totp CODE or {VariableName}, or use --browser");
        await environment.Error.WriteAsync(question);
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
