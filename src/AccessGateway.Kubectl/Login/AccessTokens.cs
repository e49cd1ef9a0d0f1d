namespace AccessGateway.Kubectl.Login;

using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.LocalFiles;

/// <summary>
/// The access token of the stored login, renewed in time. The gateway rotates refresh tokens and ends the login when one comes
/// twice, so each is redeemed under a lock that all processes share, by whoever still finds it in the file.
/// </summary>
internal sealed class AccessTokens(PluginEnvironment environment, OAuthClient oauth, PluginConfig config)
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    public async Task<string> GetAsync(CancellationToken cancellation)
    {
        var login = Read() ?? throw NotSignedInException.NeverWas();
        return IsFresh(login) ? login.AccessToken : await ReplaceAsync(login.AccessToken, cancellation);
    }

    /// <summary>Another access token than one that has expired or that the gateway has refused.</summary>
    public async Task<string> ReplaceAsync(string worn, CancellationToken cancellation)
    {
        var paths = environment.Paths;
        using var held = await FileLock.TakeAsync(paths.LoginLock, environment.Time, cancellation);
        var login = Read() ?? throw NotSignedInException.AnyMore();
        if (login.AccessToken != worn && IsFresh(login))
            return login.AccessToken;
        if (login.Machine is { } machine)
        {
            var anew = await machine.LoginAsync(environment, oauth, config.Server, cancellation);
            anew.Write(paths);
            return anew.AccessToken;
        }

        if (login.RefreshToken is not { } refreshToken)
            throw Forget();

        // Once sent it must be heard out: the answer holds the only token that is good from now on.
        var now = environment.Time.GetUtcNow();
        var answer = await oauth.RefreshAsync(refreshToken, CancellationToken.None);
        if (answer.Error == OAuthErrors.InvalidGrant)
            throw Forget();
        var renewed = OAuthClient.ToLogin(answer, config.Server, now, refreshToken);
        renewed.Write(paths);
        return renewed.AccessToken;
    }

    private bool IsFresh(StoredLogin login) => login.ExpiresAt - environment.Time.GetUtcNow() >= Margin;

    private StoredLogin? Read() => StoredLogin.Read(environment.Paths) is { } login && login.Server == config.Server ? login : null;

    private NotSignedInException Forget()
    {
        PrivateFile.Delete(environment.Paths.LoginFile);
        return NotSignedInException.AnyMore();
    }
}
