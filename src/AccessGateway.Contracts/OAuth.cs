namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>The OAuth 2.0 client that the plugin is, and the endpoints it calls.</summary>
public static class OAuth
{
    /// <summary>A public native client (RFC 8252): authorization code with PKCE S256 on a loopback redirect, the device
    /// authorization grant (RFC 8628), and refresh tokens with rotation.</summary>
    public const string ClientId = "kubectl-access";

    /// <summary>Any port is accepted: <c>http://127.0.0.1:PORT/callback</c>.</summary>
    public const string RedirectUri = "http://127.0.0.1/callback";

    public const string AuthorizationEndpoint = "/connect/authorize";
    public const string TokenEndpoint = "/connect/token";
    public const string DeviceAuthorizationEndpoint = "/connect/device";
    public const string RevocationEndpoint = "/connect/revoke";

    /// <summary>Where a person types the code of the device grant.</summary>
    public const string VerificationEndpoint = "/device";

    /// <summary>What the plugin asks for: <c>offline_access</c> brings the refresh token.</summary>
    public const string Scope = "offline_access api";

    /// <summary>A parameter of the authorization and the device authorization request: the host's name, to tell one's log-ins apart.
    /// Up to 64 of letters, digits, <c>.</c>, <c>-</c> and <c>_</c>; whatever else is left out.</summary>
    public const string DeviceParameter = "device_name";

    /// <summary>RFC 7523, 2.1: a ServiceAccount's token for an access token. <c>assertion</c> is the token, <see cref="ClusterParameter"/>
    /// the registered cluster that issued it.</summary>
    public const string JwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>RFC 7523, 2.2: how a machine client proves who it is.</summary>
    public const string JwtBearerAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public const string ClusterParameter = "cluster";

    /// <summary>The audience that a ServiceAccount's token must be made for.</summary>
    public const string ServiceAccountAudience = "access-gateway";

    /// <summary>The scope that the API demands.</summary>
    public const string ApiScope = "api";
}

/// <summary>Answer of the token endpoint (RFC 6749, 5.1 and 5.2).</summary>
public sealed record TokenAnswer
{
    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    [JsonPropertyName("refresh_token")]
    public string? RefreshToken { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")]
    public int ExpiresIn { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? ErrorDescription { get; init; }
}

/// <summary>Answer of the device authorization endpoint (RFC 8628, 3.2).</summary>
public sealed record DeviceAuthorizationAnswer
{
    [JsonPropertyName("device_code")]
    public string? DeviceCode { get; init; }

    [JsonPropertyName("user_code")]
    public string? UserCode { get; init; }

    [JsonPropertyName("verification_uri")]
    public string? VerificationUri { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")]
    public int ExpiresIn { get; init; }

    /// <summary>Seconds between two polls; 5 where missing.</summary>
    [JsonPropertyName("interval")]
    public int? Interval { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? ErrorDescription { get; init; }
}
