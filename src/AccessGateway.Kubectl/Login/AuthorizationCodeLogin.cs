namespace AccessGateway.Kubectl.Login;

using AccessGateway.Contracts;

/// <summary>Login in the browser of this machine: authorization code with PKCE on a loopback redirect (RFC 8252).</summary>
internal sealed class AuthorizationCodeLogin(PluginEnvironment environment, OAuthClient oauth, PluginConfig config)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public async Task<StoredLogin> RunAsync(bool openBrowser, CancellationToken cancellation)
    {
        var pkce = Pkce.New();
        using var callback = new LoopbackCallback(pkce.State, environment.Time);
        var address = AuthorizationAddress(pkce, callback.RedirectUri);
        await environment.Error.WriteLineAsync($"Sign in in a browser on this machine:\n\n  {address.AbsoluteUri}\n");
        if (openBrowser && !environment.OpenBrowser(address))
            await environment.Error.WriteLineAsync("No browser could be opened; open the address yourself, or use: kubectl access login --device");

        var answer = await WaitAsync(callback, cancellation);
        if (answer.Error == OAuthErrors.AccessDenied)
            throw new CommandFailedException("the login was denied");
        if (answer.Code is not { } code)
            throw new CommandFailedException($"the gateway refused the login: {answer.ErrorDescription ?? "no reason given"} ({answer.Error})");
        var now = environment.Time.GetUtcNow();
        return OAuthClient.ToLogin(await oauth.RedeemCodeAsync(code, pkce.Verifier, callback.RedirectUri, cancellation), config.Server, now);
    }

    private async Task<CallbackAnswer> WaitAsync(LoopbackCallback callback, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await callback.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailedException($"nobody signed in within {Patience.TotalMinutes:0} minutes");
        }
    }

    private Uri AuthorizationAddress(Pkce pkce, string redirectUri)
    {
        (string Name, string Value)[] parameters =
        [
            ("response_type", "code"),
            ("client_id", OAuth.ClientId),
            ("redirect_uri", redirectUri),
            ("scope", OAuth.Scope),
            ("state", pkce.State),
            ("code_challenge", pkce.Challenge),
            ("code_challenge_method", "S256"),
            (OAuth.DeviceParameter, environment.HostName),
        ];
        var query = string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
        return new($"{config.Server}{OAuth.AuthorizationEndpoint}?{query}");
    }
}
