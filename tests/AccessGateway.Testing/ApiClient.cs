namespace AccessGateway.Testing;

using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Web;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

/// <summary>Clients of a listening gateway, signed in through its own OAuth server.</summary>
internal static class ApiClient
{
    /// <summary>A client that trusts the gateway's own CA, follows no redirects and is nobody.</summary>
    /// <param name="address">Of another process with the same data.</param>
    public static HttpClient Anonymous(this TestGateway gateway, Uri? address = null)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(gateway.CertificateAuthorityFile);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        handler.SslOptions.CertificateChainPolicy = trust;
        return new HttpClient(handler) { BaseAddress = address ?? gateway.Address };
    }

    /// <summary>A client with an access token of the user's.</summary>
    public static async Task<HttpClient> SignInAsync(this TestGateway gateway, TestUser user)
    {
        var client = gateway.Anonymous();
        var answer = await gateway.AuthorizeAsync(client, user);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.AccessToken);
        return client;
    }

    /// <summary>The authorization code flow with PKCE, from the consent form on.</summary>
    public static async Task<TokenAnswer> AuthorizeAsync(this TestGateway gateway, HttpClient client, TestUser user) =>
        await RedeemAsync(client, await gateway.AuthorizationCodeAsync(client, user));

    /// <summary>The same up to the code: what redeems it.</summary>
    public static async Task<Dictionary<string, string>> AuthorizationCodeAsync(this TestGateway gateway, HttpClient client, TestUser user)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var (cookies, antiforgery) = await gateway.BrowserAsync(user);
        using var consent = new HttpRequestMessage(HttpMethod.Post, OAuth.AuthorizationEndpoint)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["client_id"] = OAuth.ClientId,
                ["response_type"] = "code",
                ["redirect_uri"] = "http://127.0.0.1:12345/callback",
                ["scope"] = OAuth.Scope,
                ["state"] = "x",
                ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                ["code_challenge_method"] = "S256",
                ["answer"] = "allow",
                ["__RequestVerificationToken"] = antiforgery,
            }),
        };
        consent.Headers.Add("Cookie", cookies);
        using var redirect = await client.SendAsync(consent);
        if (redirect.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"Authorization answered {(int)redirect.StatusCode}: {await redirect.Content.ReadAsStringAsync()}");
        var code = HttpUtility.ParseQueryString(redirect.Headers.Location!.Query)["code"]!;
        return new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = "http://127.0.0.1:12345/callback", ["code_verifier"] = verifier };
    }

    /// <summary>Calls the token endpoint as the plugin.</summary>
    public static async Task<TokenAnswer> RedeemAsync(HttpClient client, Dictionary<string, string> form)
    {
        form["client_id"] = OAuth.ClientId;
        using var answer = await client.PostAsync(new Uri(OAuth.TokenEndpoint, UriKind.Relative), new FormUrlEncodedContent(form));
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.TokenAnswer))!;
    }

    /// <summary>The cookies of a signed-in browser, made by the gateway's own protector, and an antiforgery token for its forms.</summary>
    public static Task<(string Cookies, string Antiforgery)> BrowserAsync(this TestGateway gateway, TestUser user) => gateway.InScopeAsync(async services =>
    {
        var db = services.GetRequiredService<GatewayDbContext>();
        var row = db.Users.Single(found => found.Id == user.Caller.UserId);
        var login = await services.GetRequiredService<SignIns>().StartAsync(row, "127.0.0.1", "test", default);
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new("sub", login.UserId), new("browser_login", login.Id)], BrowserCookies.Scheme));
        var options = services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(BrowserCookies.Scheme);
        var now = gateway.Clock.GetUtcNow();
        var ticket = new AuthenticationTicket(principal, new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + BrowserLogin.AbsoluteLimit }, BrowserCookies.Scheme);
        var browser = new DefaultHttpContext { RequestServices = services, User = principal, Request = { Scheme = "https" } };
        var antiforgery = services.GetRequiredService<IAntiforgery>().GetTokens(browser);
        var antiforgeryCookie = services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.Name;
        return ($"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}; {antiforgeryCookie}={antiforgery.CookieToken}", antiforgery.RequestToken!);
    });
}
