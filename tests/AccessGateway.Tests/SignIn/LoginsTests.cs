namespace AccessGateway.Tests.SignIn;

using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>Seeing where one is signed in, and ending it.</summary>
public sealed class LoginsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_BrowserAndPlugins_DeviceAddressAndLastUse(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice");
        var bob = await gateway.AddUserAsync("bob");
        using var other = await gateway.SignInAsync(bob);
        using var client = gateway.Anonymous();
        await gateway.LoginByDeviceAsync(client, alice, "build-7.example");
        using var mine = await gateway.SignInAsync(alice);
        var begun = gateway.Clock.GetUtcNow();
        gateway.Clock.Advance(TimeSpan.FromMinutes(5));

        var logins = await ListAsync(mine, "/api/v1/me/logins");
        var current = Assert.Single(logins, login => login.Current);
        Assert.Equal((LoginKind.Plugin, "browser", "127.0.0.1"), (current.Kind, current.Method, current.SeenFrom));
        Assert.Equal(gateway.Clock.GetUtcNow(), current.LastSeenAt);
        Assert.Equal(begun, current.CreatedAt);
        Assert.Equal(gateway.Clock.GetUtcNow().AddHours(12), current.ExpiresAt);
        var device = Assert.Single(logins, login => login.Method == "device");
        Assert.Equal(("build-7.example", "127.0.0.1", false), (device.Device, device.Address, device.Current));
        Assert.Equal(begun, device.LastSeenAt, TimeSpan.FromMinutes(1));
        // The browsers in which the two were allowed.
        Assert.Equal(2, logins.Count(login => login.Kind == LoginKind.Browser));
        Assert.Equal(4, logins.Count);
    }

    [Fact]
    public async Task List_Paged_EveryLoginOnce()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var client = await gateway.SignInAsync(alice);
        foreach (var _ in Enumerable.Range(0, 4))
            await gateway.BrowserAsync(alice);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await client.GetFromJsonAsync($"/api/v1/me/logins?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", GatewayJson.Default.PageLoginView, TestContext.Current.CancellationToken))!;
            seen.AddRange(page.Items.Select(login => login.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(6, seen.Count);
        Assert.Equal(6, seen.Distinct().Count());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task End_OnesOwn_OutAtOnceOnEveryReplica(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        var alice = await pair.First.AddUserAsync("alice");
        using var client = await pair.First.SignInAsync(alice);
        using var other = await pair.First.SignInAsync(alice);
        using var browser = await Browser.SignedInAsync(pair.Second, alice);
        foreach (var login in (await ListAsync(client, "/api/v1/me/logins")).Where(login => !login.Current))
            Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(client, $"/api/v1/me/logins/{login.Id}"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync(new Uri(pair.Second.Address, "/api/v1/me"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).Status);
        var last = Assert.Single(await ListAsync(client, "/api/v1/me/logins"));
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(client, $"/api/v1/me/logins/{last.Id}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await DeleteAsync(client, $"/api/v1/me/logins/{last.Id}"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task End_AnothersEndedOrUnknown_NotFound(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var alice = await gateway.SignInAsync(await gateway.AddUserAsync("alice"));
        using var mallory = await gateway.SignInAsync(await gateway.AddUserAsync("mallory"));
        var logins = await ListAsync(alice, "/api/v1/me/logins");
        foreach (var login in logins)
            Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(mallory, $"/api/v1/me/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(alice, "/api/v1/me/logins/pl-0000000000000"));
        var browser = logins.First(login => !login.Current);
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(alice, $"/api/v1/me/logins/{browser.Id}"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(alice, $"/api/v1/me/logins/{browser.Id}"));
        Assert.Equal(logins.Count - 1, (await ListAsync(alice, "/api/v1/me/logins")).Count);
    }

    [Fact]
    public async Task EndOf_Administrator_EndsAnyonesAndIsNamed()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var alice = await gateway.SignInAsync(await gateway.AddUserAsync("alice"));
        using var root = await gateway.SignInAsync(await gateway.AddUserAsync("root", "administrators"));
        var logins = await ListAsync(root, "/api/v1/users/alice/logins");
        Assert.Equal(2, logins.Count);
        Assert.DoesNotContain(logins, login => login.Current);
        // One must say whose it is, so that a mistyped id ends nobody else's.
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(root, $"/api/v1/users/root/logins/{logins[0].Id}"));
        foreach (var login in logins)
            Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(root, $"/api/v1/users/alice/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await alice.GetAsync(Address("/api/v1/me"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(2, (await gateway.AuditAsync()).Count(row => row is { Actor: "root", Type: "plugin_login.ended" or "sign_in.ended" } && row.Details["why"] == LoginEnd.Administrator));
    }

    [Theory]
    [InlineData(LoginKind.Browser, 59, true)]
    [InlineData(LoginKind.Browser, 60, false)]
    [InlineData(LoginKind.Plugin, 719, true)]
    [InlineData(LoginKind.Plugin, 720, false)]
    public void Allow_IdleFor_UntilTheLimit(LoginKind kind, int minutes, bool expected)
    {
        var start = DateTimeOffset.UnixEpoch;
        Assert.Equal(expected, LoginLimits.Of(new LoginOptions()).Allow(LoginOf(kind, start, start), start.AddMinutes(minutes)));
    }

    [Theory]
    [InlineData(LoginKind.Browser)]
    [InlineData(LoginKind.Plugin)]
    public void EndOf_AlwaysInUse_AbsoluteLimit(LoginKind kind)
    {
        var start = DateTimeOffset.UnixEpoch;
        Assert.Equal(start.AddHours(24), LoginLimits.Of(new LoginOptions()).EndOf(LoginOf(kind, start, start.AddHours(23.9))));
    }

    [Theory]
    [InlineData("BrowserIdle", "61m")]
    [InlineData("BrowserIdle", "0s")]
    [InlineData("BrowserIdle", "1:00:00")]
    [InlineData("BrowserAbsolute", "25h")]
    [InlineData("BrowserAbsolute", "30m")]
    [InlineData("PluginIdle", "8d")]
    [InlineData("PluginIdle", "forever")]
    [InlineData("PluginIdle", "2d")]
    [InlineData("PluginAbsolute", "31d")]
    [InlineData("PluginAbsolute", "")]
    public void Options_OutOfRange_ProblemNamesTheKey(string key, string value)
    {
        var options = new LoginOptions();
        typeof(LoginOptions).GetProperty(key)!.SetValue(options, value);
        var problems = options.Validate(new ValidationContext(options)).ToList();
        Assert.Contains(problems, problem => problem.ErrorMessage!.Contains($"Logins:{key}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone")]
    [InlineData("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android")]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("<script>", null)]
    [InlineData("", null)]
    public void BrowserName_UserAgent_Words(string userAgent, string? expected) => Assert.Equal(expected, BrowserName.Of(userAgent));

    private static Login LoginOf(LoginKind kind, DateTimeOffset created, DateTimeOffset seen) => kind == LoginKind.Browser
        ? new BrowserLogin { Id = "bl-1", UserId = "us-1", CreatedAt = created, LastSeenAt = seen, Address = "::1", UserAgent = "" }
        : new PluginLogin { Id = "pl-1", UserId = "us-1", CreatedAt = created, LastSeenAt = seen, Address = "::1", How = PluginLogin.ByBrowser };

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static async Task<IReadOnlyList<LoginView>> ListAsync(HttpClient client, string path) => (await client.GetFromJsonAsync(path, GatewayJson.Default.PageLoginView))!.Items;

    private static async Task<HttpStatusCode> DeleteAsync(HttpClient client, string path)
    {
        using var answer = await client.DeleteAsync(Address(path));
        return answer.StatusCode;
    }
}
