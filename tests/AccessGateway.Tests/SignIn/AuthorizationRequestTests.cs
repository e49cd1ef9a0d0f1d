namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Web;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>SECURITY.md: S256 PKCE only, exact redirects (RFC 9700, RFC 8252), antiforgery on the consent.</summary>
public sealed class AuthorizationRequestTests : IAsyncLifetime
{
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private TestGateway _gateway = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _browser = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("alice"));
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("http://127.0.0.1:12345/callback")]
    [InlineData("http://127.0.0.1/callback")]
    [InlineData("", "http://127.0.0.1/callback")]
    public async Task Authorize_LoopbackRedirectOnAnyPort_Answered(string redirect, string? expected = null)
    {
        var location = (await AllowAsync(redirect)).Location;
        Assert.StartsWith(expected ?? redirect, location?.ToString(), StringComparison.Ordinal);
        Assert.NotNull(HttpUtility.ParseQueryString(location!.Query)["code"]);
    }

    [Theory]
    [InlineData("https://evil.example/callback")]
    [InlineData("http://evil.example/callback")]
    [InlineData("http://127.0.0.1.evil.example/callback")]
    [InlineData("http://localhost:12345/callback")]
    [InlineData("http://[::1]:12345/callback")]
    [InlineData("https://127.0.0.1:12345/callback")]
    [InlineData("http://127.0.0.1:12345/other")]
    [InlineData("http://127.0.0.1:12345/callback/more")]
    [InlineData("http://127.0.0.1:12345/callback?to=elsewhere")]
    [InlineData("http://127.0.0.1:12345/callback#fragment")]
    [InlineData("http://127.0.0.1@evil.example/callback")]
    [InlineData("http://user@127.0.0.1:12345/callback")]
    [InlineData("//127.0.0.1/callback")]
    [InlineData("javascript:alert(1)")]
    public async Task Authorize_AnyOtherRedirect_RefusedWithoutGoingThere(string redirect)
    {
        var (status, _, location) = await AllowAsync(redirect);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Null(location);
    }

    [Theory]
    [InlineData("plain", Challenge)]
    [InlineData("S512", Challenge)]
    [InlineData("", Challenge)]
    [InlineData("S256", "")]
    [InlineData("", "")]
    public async Task Authorize_WithoutS256_NoCode(string method, string challenge)
    {
        var (_, _, location) = await AllowAsync("http://127.0.0.1:12345/callback", ("code_challenge_method", method), ("code_challenge", challenge));
        var query = HttpUtility.ParseQueryString(location?.Query ?? "");
        Assert.Null(query["code"]);
        Assert.True(location is null || query["error"] == "invalid_request", location?.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another-verifier-another-verifier-another-verifier")]
    public async Task Redeem_WithoutTheVerifier_Refused(string? verifier)
    {
        var (_, _, location) = await AllowAsync("http://127.0.0.1:12345/callback");
        using var client = _gateway.Anonymous();
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = HttpUtility.ParseQueryString(location!.Query)["code"]!,
            ["redirect_uri"] = "http://127.0.0.1:12345/callback",
        };
        if (verifier is not null)
            form["code_verifier"] = verifier;
        var answer = await ApiClient.RedeemAsync(client, form);
        Assert.Null(answer.AccessToken);
        Assert.Contains(answer.Error, new[] { "invalid_grant", "invalid_request" });
    }

    [Fact]
    public async Task Authorize_WithoutAntiforgery_Refused()
    {
        var (status, _, location) = await _browser.PostWithoutAntiforgeryAsync(OAuth.AuthorizationEndpoint, handler: null, Fields("http://127.0.0.1:12345/callback"));
        Assert.Equal((HttpStatusCode.BadRequest, null), (status, location));
    }

    [Fact]
    public async Task Authorize_Get_AsksFirst()
    {
        var query = string.Join('&', Fields("http://127.0.0.1:12345/callback").Append((Name: OAuth.DeviceParameter, Value: "ada<b>-laptop")).Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
        var (status, _, location) = await _browser.GetAsync($"{OAuth.AuthorizationEndpoint}?{query}");
        Assert.Equal(HttpStatusCode.Redirect, status);
        Assert.StartsWith("/login/confirm?", location!.ToString(), StringComparison.Ordinal);
        var (_, page, _) = await _browser.GetAsync(location.ToString());
        Assert.Contains("(adab-laptop)", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    private Task<(HttpStatusCode Status, string Text, Uri? Location)> AllowAsync(string redirect, params (string Name, string Value)[] instead) =>
        _browser.PostAsync(OAuth.AuthorizationEndpoint, handler: null, [.. Fields(redirect).Where(field => instead.All(other => other.Name != field.Name)), .. instead.Where(field => field.Value.Length > 0), ("answer", "allow")]);

    private static (string Name, string Value)[] Fields(string redirect) =>
    [
        ("client_id", OAuth.ClientId), ("response_type", "code"), ("redirect_uri", redirect), ("scope", OAuth.Scope), ("state", "x"),
        ("code_challenge", Challenge), ("code_challenge_method", "S256"),
    ];
}
