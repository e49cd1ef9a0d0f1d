namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

/// <summary>SECURITY.md, sessions of browsers: over HTTP, with the cookies as a browser would hold them.</summary>
public sealed partial class BrowserLoginTests
{
    [Fact]
    public async Task SignIn_RightCredentials_HostCookieSecureHttpOnlySameSite()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        using var client = gateway.Anonymous();
        var (cookies, location) = await SignInAsync(gateway, client, alice);
        Assert.Equal("/", location);
        var cookie = Assert.Single(cookies, text => text.StartsWith("__Host-access-gateway=", StringComparison.Ordinal));
        var attributes = cookie.Split("; ").Skip(1).Select(text => text.ToLowerInvariant()).ToList();
        Assert.Superset(new HashSet<string> { "path=/", "secure", "httponly", "samesite=lax" }, attributes.ToHashSet());
        Assert.DoesNotContain(attributes, text => text.StartsWith("domain", StringComparison.Ordinal));
        // Ends with the browser; what it names ends sooner.
        Assert.DoesNotContain(attributes, text => text.StartsWith("expires", StringComparison.Ordinal) || text.StartsWith("max-age", StringComparison.Ordinal));
    }

    /// <summary>A cookie that somebody planted, or left behind, never becomes the new login.</summary>
    [Fact]
    public async Task SignIn_WithACookieFromBefore_ANewOne()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        using var client = gateway.Anonymous();
        var (first, _) = await SignInAsync(gateway, client, alice);
        gateway.Clock.Advance(BrowserLogin.IdleLimit);
        var (second, _) = await SignInAsync(gateway, client, alice, CookieOf(first));
        Assert.NotEqual(CookieOf(first), CookieOf(second));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(client, CookieOf(first)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, CookieOf(second)));
    }

    /// <summary>However a browser that is signed in comes to sign in again: the login it had ends.</summary>
    [Fact]
    public async Task SignIn_WhileSignedIn_TheOlderLoginEnds()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        Task<Outcome<BrowserLogin>> StartAsync() => gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync("alice", alice.Password, gateway.NextCode(alice), "::1", "", default));
        var (older, newer) = (TestGateway.Value(await StartAsync()), TestGateway.Value(await StartAsync()));
        await gateway.InScopeAsync(async services =>
        {
            var user = new ClaimsPrincipal(new ClaimsIdentity([new("sub", older.UserId), new("browser_login", older.Id)], BrowserCookies.Scheme));
            await BrowserCookies.SignInAsync(new DefaultHttpContext { RequestServices = services, User = user, Request = { Scheme = "https" } }, newer);
            return 0;
        });
        Task<bool> IsCurrentAsync(BrowserLogin login) => gateway.WithAsync<LoginUse, bool>(use => use.IsCurrentAsync(login.Id, login.UserId, null, default));
        Assert.False(await IsCurrentAsync(older));
        Assert.True(await IsCurrentAsync(newer));
    }

    [Fact]
    public async Task SignOut_CopyOfTheCookie_WorthNothing()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var browser = await Browser.SignedInAsync(gateway, alice);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostWithoutAntiforgeryAsync("/sign-out", handler: null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        Assert.Equal("/sign-in?out=1", (await browser.PostAsync("/sign-out", handler: null)).Location?.ToString());
        Assert.StartsWith("/sign-in", (await browser.GetAsync("/")).Location?.PathAndQuery, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/%0d%0aSet-Cookie:x=y")]
    [InlineData("/\r\nSet-Cookie:x=y")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/%5cevil.example")]
    [InlineData("/%2fevil.example")]
    [InlineData("/requests/ar-1?x=y", "/requests/ar-1?x=y")]
    public async Task SignIn_WithAReturn_StaysHere(string asked, string expected = "/")
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        using var client = gateway.Anonymous();
        var (cookies, location) = await SignInAsync(gateway, client, alice, path: $"/sign-in?return={Uri.EscapeDataString(asked)}");
        Assert.DoesNotContain(cookies, text => text.StartsWith("x=", StringComparison.Ordinal));
        Assert.Equal(expected, location);
    }

    [Fact]
    public async Task SignIn_WithoutAntiforgery_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        using var client = gateway.Anonymous();
        using var answer = await client.PostAsync(new Uri("/sign-in", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_handler"] = "sign-in", ["name"] = "alice", ["password"] = alice.Password, ["code"] = gateway.NextCode(alice),
        }), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(text => text.StartsWith("__Host-access-gateway=", StringComparison.Ordinal)));
    }

    /// <summary>Pages are rendered once, whole: there is no circuit that could outlive a login.</summary>
    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/_blazor/negotiate")]
    [InlineData("/_framework/blazor.web.js")]
    public async Task Blazor_Circuits_AreNotServed(string path)
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var browser = await Browser.SignedInAsync(gateway, await gateway.AddUserAsync("alice"));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await browser.PostAsync(path, handler: null)).Status);
    }

    /// <summary>The last one counts: the one from before is deleted first.</summary>
    private static string CookieOf(IEnumerable<string> cookies) => cookies.Last(text => text.StartsWith("__Host-access-gateway=", StringComparison.Ordinal)).Split(';')[0];

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", cookie);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>Loads the page, then posts its form.</summary>
    private static async Task<(IReadOnlyList<string> Cookies, string? Location)> SignInAsync(TestGateway gateway, HttpClient client, TestUser user, string? cookie = null, string path = "/sign-in")
    {
        using var page = await client.GetAsync(new Uri(path, UriKind.Relative));
        var token = Antiforgery().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value;
        var cookies = page.Headers.GetValues("Set-Cookie").Select(text => text.Split(';')[0]);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "sign-in", ["__RequestVerificationToken"] = token, ["name"] = user.Name, ["password"] = user.Password, ["code"] = gateway.NextCode(user),
            }),
        };
        request.Headers.Add("Cookie", string.Join("; ", cookie is null ? cookies : cookies.Append(cookie)));
        using var answer = await client.SendAsync(request);
        return ([.. answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : []], Local(gateway, answer.Headers.Location));
    }

    /// <summary>Where on this gateway; whole where it leads elsewhere.</summary>
    private static string? Local(TestGateway gateway, Uri? location) =>
        location is { IsAbsoluteUri: true } && location.Authority == gateway.Address.Authority ? location.PathAndQuery : location?.ToString();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Antiforgery();
}
