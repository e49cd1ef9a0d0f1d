namespace AccessGateway.Tests.SignIn.Providers;

using System.Net.Http.Headers;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>While the plugin stays logged in, the provider is asked whether its person still is one, and of which groups.</summary>
public sealed class ProviderRefreshTests
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_GroupsChangedAtTheProvider_ChangedHereAndAudited(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        var (ann, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.Current!.Groups.Clear();
        setup.Provider.Current.Groups.Add("/Gateway Admins");

        answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
        Assert.Equal(["platform"], await GroupsAsync(client, answer));
        setup.Clock.Advance(Every);
        answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
        Assert.Equal(["administrators"], await GroupsAsync(client, answer));
        Assert.Equal(1, Redemptions(setup));
        var change = (await setup.Gateway.AuditAsync()).Last(row => row.Type == "user.groups_changed");
        Assert.Equal(("provider:corp", "administrators", "platform"), (change.Actor, change.Details["added"], change.Details["removed"]));

        // The refresh token rotates: this works only with the newest.
        for (var i = 0; i < 3; i++)
        {
            setup.Clock.Advance(Every);
            answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
            Assert.NotNull(answer.AccessToken);
        }

        Assert.Equal(4, Redemptions(setup));
        Assert.Equal(ann.Name, setup.Provider.Current.UserName);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_DisabledAtTheProvider_EverythingEnds(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        using var browser = setup.Browser();
        var (ann, plugin, answer) = await LogInAsync(setup, browser, "/Platform");
        using var client = plugin;
        using var other = gatewayClient(setup);
        var second = await setup.Gateway.AuthorizeAsync(other, ann);
        setup.Provider.Current!.Disabled = true;
        Assert.Equal(200, (await browser.GetAsync("/")).Status);
        setup.Clock.Advance(Every);

        Assert.Equal("invalid_grant", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        Assert.Equal(401, await StatusAsync(client, answer.AccessToken!));
        Assert.Equal(401, await StatusAsync(other, second.AccessToken!));
        Assert.Equal("invalid_grant", (await ProviderSetup.RefreshAsync(other, second.RefreshToken!)).Error);
        Assert.Empty((await setup.UserAsync(ann.Name))!.ProviderGroups);
        Assert.Null((await setup.IdentityAsync(setup.Provider.Current.Subject))!.SealedRefreshToken);
        var refused = Assert.Single(await setup.Gateway.AuditAsync(), row => row.Type == "identity.refused");
        Assert.Equal(("provider:corp", "invalid_grant"), (refused.Actor, refused.Details["reason"]));
        Assert.Equal("Not signed in", (await browser.SignInAsync()).Title);

        // Let in again at the provider, signing in again is enough.
        setup.Provider.Current.Disabled = false;
        await setup.SecondStepAsync(browser, await browser.SignInAsync(), ann);
        Assert.Equal(["platform"], (await setup.UserAsync(ann.Name))!.ProviderGroups);

        static HttpClient gatewayClient(ProviderSetup setup) => setup.Gateway.Anonymous();
    }

    [Fact]
    public async Task Refresh_RequiredGroupGone_EverythingEnds()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:Providers:0:Groups:Required"] = "true");
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.Current!.Groups.Clear();
        setup.Clock.Advance(Every);
        Assert.Equal("invalid_grant", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        Assert.Equal(401, await StatusAsync(client, answer.AccessToken!));
    }

    [Fact]
    public async Task Refresh_AnswerNamesSomebodyElse_EverythingEnds()
    {
        await using var setup = await ProviderSetup.StartAsync();
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.Forge = token => token.Payload["sub"] = "s-somebody-else";
        setup.Clock.Advance(Every);
        Assert.Equal("invalid_grant", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
    }

    [Fact]
    public async Task Refresh_AnswerForged_NothingIsTakenFromIt()
    {
        await using var setup = await ProviderSetup.StartAsync();
        var (ann, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.Current!.Groups.Add("/Gateway Admins");
        setup.Provider.Forge = token => token.SignWithAnotherKey();
        setup.Clock.Advance(Every);
        Assert.Equal("temporarily_unavailable", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        Assert.Equal(["platform"], (await setup.UserAsync(ann.Name))!.ProviderGroups);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_ProviderUnreachable_NoTokensUntilItIsBack(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Clock.Advance(Every);
        setup.Provider.Fault = _ => 503;
        Assert.Equal("temporarily_unavailable", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        Assert.Equal("temporarily_unavailable", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        setup.Provider.Fault = _ => null;
        Assert.NotNull((await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).AccessToken);
    }

    [Fact]
    public async Task Refresh_ProviderUnreachableWithinGrace_OverlookedAndNotLonger()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:Providers:0:Refresh:Grace"] = "20m");
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.Fault = _ => 503;
        setup.Clock.Advance(Every + TimeSpan.FromMinutes(19));
        answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
        Assert.NotNull(answer.AccessToken);
        setup.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("temporarily_unavailable", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_ManyAtOnce_ProviderAskedOnce(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        var (ann, plugin, _) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        var logins = new List<TokenAnswer>();
        for (var i = 0; i < 5; i++)
            logins.Add(await setup.Gateway.AuthorizeAsync(client, ann));
        setup.Clock.Advance(Every);
        var answers = await Task.WhenAll(logins.Select(login => ProviderSetup.RefreshAsync(client, login.RefreshToken!)));
        Assert.All(answers, answer => Assert.NotNull(answer.AccessToken));
        Assert.Equal(1, Redemptions(setup));
    }

    [Fact]
    public async Task Refresh_NoIdTokenAndNoUserInfo_Unavailable()
    {
        await using var setup = await ProviderSetup.StartAsync();
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Provider.OmitsIdTokenAtRefresh = true;
        setup.Clock.Advance(Every);
        Assert.Equal("temporarily_unavailable", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        // Its refresh token was kept all the same.
        setup.Provider.OmitsIdTokenAtRefresh = false;
        setup.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull((await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).AccessToken);
    }

    [Fact]
    public async Task Refresh_GroupsAtUserInfoAlone_ReadThere()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) =>
        {
            settings["SignIn:Providers:0:UserInfo"] = "true";
            settings["SignIn:Providers:0:Groups:Claim"] = "user_info_groups";
        });
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        Assert.Equal(["platform"], await GroupsAsync(client, answer));
        setup.Provider.OmitsIdTokenAtRefresh = true;
        setup.Provider.Current!.Groups.Add("/Gateway Admins");
        setup.Clock.Advance(Every);
        answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
        Assert.Equal(["administrators", "platform"], (await GroupsAsync(client, answer)).Order());
    }

    [Fact]
    public async Task Refresh_NoRefreshTokenFromTheProvider_SignInAgainAfterAWhile()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) =>
        {
            settings.Remove("SignIn:Providers:0:Scopes:1");
            settings["SignIn:Providers:0:Refresh:SignInAgainAfter"] = "1h";
        });
        var (_, plugin, answer) = await LogInAsync(setup, "/Platform");
        using var client = plugin;
        setup.Clock.Advance(TimeSpan.FromMinutes(59));
        answer = await ProviderSetup.RefreshAsync(client, answer.RefreshToken!);
        Assert.NotNull(answer.AccessToken);
        setup.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("invalid_grant", (await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).Error);
        Assert.Equal(0, Redemptions(setup));
    }

    [Fact]
    public async Task Refresh_LocalUser_ProviderIsNotAsked()
    {
        await using var setup = await ProviderSetup.StartAsync();
        using var client = setup.Gateway.Anonymous();
        var answer = await setup.Gateway.AuthorizeAsync(client, await setup.Gateway.AddUserAsync("local"));
        setup.Clock.Advance(Every);
        Assert.NotNull((await ProviderSetup.RefreshAsync(client, answer.RefreshToken!)).AccessToken);
        Assert.Empty(setup.Provider.Requests);
    }

    private static async Task<(TestUser User, HttpClient Plugin, TokenAnswer Answer)> LogInAsync(ProviderSetup setup, params string[] groups)
    {
        using var browser = setup.Browser();
        return await LogInAsync(setup, browser, groups);
    }

    private static async Task<(TestUser User, HttpClient Plugin, TokenAnswer Answer)> LogInAsync(ProviderSetup setup, TestBrowser browser, params string[] groups)
    {
        setup.Add(groups);
        var user = await setup.EnrolAsync(browser);
        var plugin = setup.Gateway.Anonymous();
        return (user, plugin, await setup.Gateway.AuthorizeAsync(plugin, user));
    }

    private static async Task<IReadOnlyList<string>> GroupsAsync(HttpClient client, TokenAnswer answer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", answer.AccessToken);
        using var response = await client.SendAsync(request);
        var me = System.Text.Json.JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), GatewayJson.Default.Me);
        return me!.Groups;
    }

    private static async Task<int> StatusAsync(HttpClient client, string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = await client.SendAsync(request);
        return (int)response.StatusCode;
    }

    /// <summary>How often the token endpoint was called after the sign-ins, which call it once each.</summary>
    private static int Redemptions(ProviderSetup setup) =>
        setup.Provider.Requests.Count(path => path.StartsWith("/connect/token", StringComparison.Ordinal))
        - setup.Provider.Requests.Count(path => path.StartsWith("/connect/authorize", StringComparison.Ordinal));
}
