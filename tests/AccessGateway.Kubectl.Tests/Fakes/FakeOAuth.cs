namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AccessGateway.Contracts;
using Microsoft.AspNetCore.WebUtilities;

/// <summary>The endpoints under /connect, as strict as the RFCs: PKCE is verified, refresh tokens rotate, and one that comes
/// twice ends the login.</summary>
internal sealed class FakeOAuth(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (string Challenge, string RedirectUri)> _codes = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _accessTokens = new();
    private readonly Lock _lock = new();
    private string? _refreshToken;
    private int _made;

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    public int Refreshes { get; private set; }

    /// <summary>Redemptions of a refresh token that was redeemed before.</summary>
    public int Reuses { get; private set; }

    public List<string> Revoked { get; } = [];

    /// <summary>What the plugin called its host, at each login.</summary>
    public List<string?> DeviceNames { get; } = [];

    /// <summary>What machines sent to the token endpoint.</summary>
    public List<Dictionary<string, string>> Machines { get; } = [];

    public int? DeviceInterval { get; set; } = 5;

    /// <summary>What polls answer, one after the other; then the tokens.</summary>
    public Queue<string> DeviceErrors { get; } = new();

    /// <summary>What the browser would be told: the redirect for a person who signs in.</summary>
    public Uri Authorize(Uri address)
    {
        var query = QueryHelpers.ParseQuery(address.Query);
        if (address.AbsolutePath != OAuth.AuthorizationEndpoint || query["response_type"] != "code" || query["client_id"] != OAuth.ClientId
            || query["code_challenge_method"] != "S256" || query["scope"] != OAuth.Scope || query["state"].ToString().Length < 40)
            throw new InvalidOperationException("not an authorization request: " + address);
        DeviceNames.Add(query.GetValueOrDefault(OAuth.DeviceParameter));
        var code = $"code-{Interlocked.Increment(ref _made)}";
        _codes[code] = (query["code_challenge"].ToString(), query["redirect_uri"].ToString());
        return new Uri($"{query["redirect_uri"]}?code={code}&state={query["state"]}");
    }

    public bool IsAccepted(string? authorization) =>
        authorization?.StartsWith("Bearer ", StringComparison.Ordinal) == true
        && _accessTokens.TryGetValue(authorization["Bearer ".Length..], out var ends) && time.GetUtcNow() < ends;

    public void ForgetAccessTokens() => _accessTokens.Clear();

    public void EndLogin()
    {
        lock (_lock)
            _refreshToken = null;
    }

    public Reply? Answer(RecordedCall call)
    {
        if (call.Method != "POST" || !call.Path.StartsWith("/connect/", StringComparison.Ordinal))
            return null;
        var form = QueryHelpers.ParseQuery(call.Body).ToDictionary(field => field.Key, field => field.Value.ToString());
        if (form.GetValueOrDefault("grant_type") is "client_credentials" or OAuth.JwtBearerGrant)
        {
            Machines.Add(form);
            return Issue(refreshable: false);
        }

        if (form.GetValueOrDefault("client_id") != OAuth.ClientId && !(call.Path == OAuth.RevocationEndpoint && form.ContainsKey("client_assertion")))
            return Error("invalid_client");
        lock (_lock)
        {
            return call.Path switch
            {
                OAuth.TokenEndpoint => Token(form),
                OAuth.DeviceAuthorizationEndpoint => Device(form),
                OAuth.RevocationEndpoint => Revoke(form),
                _ => null,
            };
        }
    }

    private Reply Token(Dictionary<string, string> form) => form["grant_type"] switch
    {
        "authorization_code" => RedeemCode(form),
        "refresh_token" => Refresh(form["refresh_token"]),
        "urn:ietf:params:oauth:grant-type:device_code" when form["device_code"] == "device-code" =>
            DeviceErrors.TryDequeue(out var error) ? error == "outage" ? Reply.Problem(503, ProblemCodes.Unavailable, "down") : Error(error) : Issue(),
        _ => Error("unsupported_grant_type"),
    };

    private Reply RedeemCode(Dictionary<string, string> form)
    {
        var isGood = _codes.TryRemove(form["code"], out var asked)
            && asked.RedirectUri == form["redirect_uri"]
            && asked.Challenge == Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"])));
        return isGood ? Issue() : Error("invalid_grant");
    }

    private Reply Refresh(string token)
    {
        if (token == _refreshToken)
        {
            Refreshes++;
            return Issue();
        }

        Reuses++;
        _refreshToken = null;
        return Error("invalid_grant");
    }

    private Reply Device(Dictionary<string, string> form)
    {
        if (form["scope"] != OAuth.Scope)
            return Error("invalid_scope");
        DeviceNames.Add(form.GetValueOrDefault(OAuth.DeviceParameter));
        return Reply.Json(
            new DeviceAuthorizationAnswer
            {
                DeviceCode = "device-code", UserCode = "ABCD-EFGH", VerificationUri = "https://gateway.test/device", ExpiresIn = 600, Interval = DeviceInterval,
            },
            GatewayJson.Default.DeviceAuthorizationAnswer);
    }

    private Reply Revoke(Dictionary<string, string> form)
    {
        Revoked.Add($"{form["token_type_hint"]}:{form["token"]}");
        return new(200, "application/json", "");
    }

    private Reply Issue(bool refreshable = true)
    {
        var number = Interlocked.Increment(ref _made);
        _accessTokens[$"access-{number}"] = time.GetUtcNow() + Lifetime;
        _refreshToken = refreshable ? $"refresh-{number}" : null;
        var answer = new TokenAnswer { AccessToken = $"access-{number}", RefreshToken = _refreshToken, ExpiresIn = (int)Lifetime.TotalSeconds };
        return Reply.Json(answer, GatewayJson.Default.TokenAnswer);
    }

    private static Reply Error(string error) =>
        new(400, "application/json", JsonSerializer.Serialize(new TokenAnswer { Error = error }, GatewayJson.Default.TokenAnswer));
}
