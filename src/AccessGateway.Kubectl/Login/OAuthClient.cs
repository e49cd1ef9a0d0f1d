namespace AccessGateway.Kubectl.Login;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Gateway;

internal static class OAuthErrors
{
    public const string InvalidGrant = "invalid_grant";
    public const string AccessDenied = "access_denied";
    public const string AuthorizationPending = "authorization_pending";
    public const string SlowDown = "slow_down";
    public const string ExpiredToken = "expired_token";
}

/// <summary>The endpoints under <c>/connect</c>, as a public client; as another one where a machine is one.</summary>
internal sealed class OAuthClient(GatewayTransport transport)
{
    private static readonly TimeSpan UnstatedLifetime = TimeSpan.FromMinutes(5);

    public Task<TokenAnswer> RedeemCodeAsync(string code, string verifier, string redirectUri, CancellationToken cancellation) =>
        TokenAsync(
            new() { ["grant_type"] = "authorization_code", ["code"] = code, ["code_verifier"] = verifier, ["redirect_uri"] = redirectUri },
            cancellation);

    public Task<TokenAnswer> RedeemDeviceCodeAsync(string deviceCode, CancellationToken cancellation) =>
        TokenAsync(new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["device_code"] = deviceCode }, cancellation);

    public Task<TokenAnswer> RefreshAsync(string refreshToken, CancellationToken cancellation) =>
        TokenAsync(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken }, cancellation);

    /// <summary>RFC 7523, 2.1: a ServiceAccount's token for an access token.</summary>
    public Task<TokenAnswer> ExchangeServiceAccountAsync(string cluster, string token, CancellationToken cancellation) =>
        TokenAsync(new() { ["grant_type"] = OAuth.JwtBearerGrant, ["assertion"] = token, [OAuth.ClusterParameter] = cluster, ["scope"] = OAuth.ApiScope }, cancellation);

    /// <summary>An access token for a client that has a key.</summary>
    public Task<TokenAnswer> ClientCredentialsAsync(MachineProof machine, string server, DateTimeOffset now, CancellationToken cancellation)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = OAuth.ApiScope };
        machine.Prove(form, server, now);
        return TokenAsync(form, cancellation);
    }

    public async Task<DeviceAuthorizationAnswer> AuthorizeDeviceAsync(string hostName, CancellationToken cancellation)
    {
        var answer = await PostAsync(OAuth.DeviceAuthorizationEndpoint, new() { ["scope"] = OAuth.Scope, [OAuth.DeviceParameter] = hostName }, cancellation);
        var device = Read(answer, GatewayJson.Default.DeviceAuthorizationAnswer);
        if (device.Error is not null)
            throw new CommandFailedException(Describe("the gateway refused the device login", device.Error, device.ErrorDescription));
        return device is { DeviceCode.Length: > 0, UserCode.Length: > 0, VerificationUri.Length: > 0 }
            ? device
            : throw new CommandFailedException("the gateway's answer to the device login is incomplete");
    }

    /// <summary>Ends a login at the gateway (RFC 7009). A machine has an access token alone; a client proves who it is once more.</summary>
    public async Task RevokeAsync(StoredLogin login, DateTimeOffset now, CancellationToken cancellation)
    {
        Dictionary<string, string> form = login.RefreshToken is { } refreshToken
            ? new() { ["token"] = refreshToken, ["token_type_hint"] = "refresh_token" }
            : new() { ["token"] = login.AccessToken, ["token_type_hint"] = "access_token" };
        login.Machine?.Prove(form, login.Server, now);
        var answer = await PostAsync(OAuth.RevocationEndpoint, form, cancellation);
        if (!answer.IsSuccess)
            throw new CommandFailedException($"the gateway answered with status {answer.Status}");
    }

    /// <summary>What an answer says to store; a failure where it grants nothing.</summary>
    /// <param name="asked">When it was asked for: the lifetime counts from then at the latest.</param>
    public static StoredLogin ToLogin(TokenAnswer answer, string server, DateTimeOffset asked, string? refreshToken = null)
    {
        if (answer.Error == OAuthErrors.AccessDenied)
            throw new CommandFailedException("the login was denied");
        if (answer.Error is not null)
            throw new CommandFailedException(Describe("the gateway refused the login", answer.Error, answer.ErrorDescription));
        if (answer.AccessToken is not { Length: > 0 } accessToken || !accessToken.All(c => c is > ' ' and < (char)127))
            throw new CommandFailedException("the gateway's answer to the login holds no access token");
        var lifetime = answer.ExpiresIn > 0 ? TimeSpan.FromSeconds(answer.ExpiresIn) : UnstatedLifetime;
        return new(server, accessToken, asked + lifetime, answer.RefreshToken ?? refreshToken);
    }

    private async Task<TokenAnswer> TokenAsync(Dictionary<string, string> form, CancellationToken cancellation) =>
        Read(await PostAsync(OAuth.TokenEndpoint, form, cancellation), GatewayJson.Default.TokenAnswer);

    private async Task<GatewayAnswer> PostAsync(string endpoint, Dictionary<string, string> form, CancellationToken cancellation)
    {
        form.TryAdd("client_id", OAuth.ClientId);
        using var content = new FormUrlEncodedContent(form);
        return await transport.SendAsync(HttpMethod.Post, endpoint, content, new Dictionary<string, string>(), cancellation);
    }

    /// <summary>RFC 6749 puts refusals into JSON with status 400 or 401; anything else that failed is an outage or no gateway.</summary>
    private static T Read<T>(GatewayAnswer answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        return answer.IsSuccess || answer.Status is 400 or 401 or 403 ? answer.Read(type) : throw answer.ToFailure();
    }

    private static string Describe(string what, string error, string? description) =>
        string.IsNullOrWhiteSpace(description) ? $"{what} ({error})" : $"{what}: {description.TrimEnd('.')} ({error})";
}
