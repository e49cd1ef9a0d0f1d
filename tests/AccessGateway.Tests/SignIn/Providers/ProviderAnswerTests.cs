namespace AccessGateway.Tests.SignIn.Providers;

using System.Web;
using AccessGateway.Testing;
using Xunit;

/// <summary>Answers of a provider, and of whoever stands between, that must sign nobody in.</summary>
public sealed class ProviderAnswerTests(ProviderAnswerTests.Shared shared) : IClassFixture<ProviderAnswerTests.Shared>
{
    private static readonly Dictionary<string, (string Reason, Action<IdTokenForgery> Forge)> Forgeries = new()
    {
        ["other nonce"] = ("not_trusted", token => token.Payload["nonce"] = "other"),
        ["no nonce"] = ("not_trusted", token => token.Payload.Remove("nonce")),
        ["other issuer"] = ("not_trusted", token => token.Payload["iss"] = "https://evil.example/"),
        ["no issuer"] = ("not_trusted", token => token.Payload.Remove("iss")),
        ["other audience"] = ("not_trusted", token => token.Payload["aud"] = "somebody-else"),
        ["no audience"] = ("not_trusted", token => token.Payload.Remove("aud")),
        ["other authorized party"] = ("not_trusted", token => token.Payload["azp"] = "somebody-else"),
        ["no algorithm"] = ("not_trusted", token => token.SignWithNone()),
        ["another key"] = ("not_trusted", token => token.SignWithAnotherKey()),
        ["the secret as a key"] = ("not_trusted", token => token.SignWithSecret(TestProvider.ClientSecret)),
        ["an algorithm that is not listed"] = ("not_trusted", token => token.Header["alg"] = "RS384"),
        ["expired"] = ("clock", token => token.Payload["exp"] = (long)token.Payload["iat"]! - 300),
        ["no expiry"] = ("not_trusted", token => token.Payload.Remove("exp")),
        ["issued in the future"] = ("clock", token => token.Payload["iat"] = (long)token.Payload["iat"]! + 300),
        ["valid later"] = ("clock", token => token.Payload["nbf"] = (long)token.Payload["iat"]! + 300),
        ["no subject"] = ("not_trusted", token => token.Payload.Remove("sub")),
        ["empty subject"] = ("not_trusted", token => token.Payload["sub"] = ""),
        ["a subject that is a number"] = ("not_trusted", token => token.Payload["sub"] = 1),
        ["a subject with a line break"] = ("not_trusted", token => token.Payload["sub"] = "s-1\n"),
        ["an endless subject"] = ("not_trusted", token => token.Payload["sub"] = new string('s', 256)),
        ["of another access token"] = ("not_trusted", token => token.Payload["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"),
    };

    public static TheoryData<string> ForgeryNames => [.. Forgeries.Keys];

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task Callback_IdTokenForged_Refused(string name)
    {
        var setup = shared.Fresh();
        setup.Add();
        var (reason, forge) = Forgeries[name];
        setup.Provider.Forge = forge;
        using var browser = setup.Browser();
        await AssertRefusedAsync(setup, browser, await browser.SignInAsync(), reason);
        Assert.Null(await setup.UserAsync(setup.Provider.Current!.UserName!));
        // The same provider, honest again.
        setup.Provider.Forge = null;
        Assert.Equal("Add your authenticator", (await browser.SignInAsync()).Title);
    }

    /// <summary>Signed, but no name that could be one: a page, and no failure of ours.</summary>
    [Theory]
    [InlineData("""["ann", "admin"]""")]
    [InlineData("""{"a": 1}""")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("7")]
    public async Task Callback_NameOfAnyJson_NeverAFailure(string json)
    {
        var setup = shared.Fresh();
        setup.Add();
        setup.Provider.Forge = token => token.Payload["preferred_username"] = System.Text.Json.Nodes.JsonNode.Parse(json);
        using var browser = setup.Browser();
        var page = await browser.SignInAsync();
        Assert.Equal(200, page.Status);
        Assert.Contains(page.Title, new[] { "No usable name", "Add your authenticator", "The name is taken" });
    }

    [Theory]
    [InlineData("groups", """{"/Platform": true}""")]
    [InlineData("groups", """[["/platform"], 1, null, {}]""")]
    [InlineData("amr", "7")]
    [InlineData("acr", """["a", "b"]""")]
    [InlineData("auth_time", "\"x\"")]
    public async Task Callback_OtherClaimOfAnyJson_NeverAFailure(string claim, string json)
    {
        var setup = shared.Fresh();
        setup.Add();
        setup.Provider.Forge = token => token.Payload[claim] = System.Text.Json.Nodes.JsonNode.Parse(json);
        using var browser = setup.Browser();
        var page = await browser.SignInAsync();
        Assert.Equal(200, page.Status);
        Assert.Contains(page.Title, new[] { "Answer not accepted", "Add your authenticator" });
        Assert.Empty((await setup.UserAsync(setup.Provider.Current!.UserName!))?.ProviderGroups ?? []);
    }

    [Fact]
    public async Task Callback_WithinTheClocksTolerance_Accepted()
    {
        var setup = shared.Fresh();
        setup.Add();
        setup.Provider.Forge = token => token.Payload["iat"] = setup.Clock.GetUtcNow().AddSeconds(50).ToUnixTimeSeconds();
        using var browser = setup.Browser();
        Assert.Equal("Add your authenticator", (await browser.SignInAsync()).Title);
    }

    [Theory]
    [InlineData("iss", null, "not_trusted")]
    [InlineData("iss", "https://evil.example/", "not_trusted")]
    [InlineData("state", null, "other_browser")]
    [InlineData("state", "nonsense", "other_browser")]
    [InlineData("code", null, "not_trusted")]
    [InlineData("code", "nonsense", "provider_error")]
    public async Task Callback_ParameterChangedOnTheWay_Refused(string name, string? value, string reason)
    {
        var setup = shared.Fresh();
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        await AssertRefusedAsync(setup, browser, await browser.GoAsync(With(answer, name, value)), reason);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Callback_SameAnswerTwice_SecondRefused(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        // The cookie of the sign-in as an attacker with a copy of everything would have it.
        var cookies = browser.Cookies.GetCookieHeader(setup.Gateway.Address);
        Assert.Equal("Add your authenticator", (await browser.GoAsync(answer.ToString())).Title);
        using var other = setup.Browser();
        var page = await other.GetAsync(answer.ToString(), ("Cookie", cookies));
        await AssertRefusedAsync(setup, other, await other.GoAsync(page.Location!.ToString()), "replayed");
    }

    [Fact]
    public async Task Callback_SameAnswerManyTimesAtOnce_CountsOnce()
    {
        var setup = shared.Fresh();
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        var cookies = browser.Cookies.GetCookieHeader(setup.Gateway.Address);
        var pages = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var other = setup.Browser();
            return await other.GetAsync(answer.ToString(), ("Cookie", cookies));
        }));
        Assert.Single(pages, page => page.Location!.AbsolutePath.StartsWith("/enrol/", StringComparison.Ordinal));
        Assert.Equal(7, pages.Count(page => page.Location!.Query.Contains("what=replayed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Callback_AnswerCarriedToAnotherBrowser_Refused()
    {
        var setup = shared.Fresh();
        setup.Add();
        using var attacker = setup.Browser();
        var answer = await attacker.AnswerAsync();
        using var victim = setup.Browser();
        await victim.AnswerAsync();
        await AssertRefusedAsync(setup, victim, await victim.GoAsync(answer.ToString()), "other_browser");
    }

    [Fact]
    public async Task Callback_CodeOfAnotherSignInInjected_Refused()
    {
        var setup = shared.Fresh();
        setup.Add();
        using var victim = setup.Browser();
        var stolen = HttpUtility.ParseQueryString((await victim.AnswerAsync()).Query)["code"];
        setup.Add();
        using var attacker = setup.Browser();
        var own = await attacker.AnswerAsync();
        await AssertRefusedAsync(setup, attacker, await attacker.GoAsync(With(own, "code", stolen)), "provider_error");
    }

    [Fact]
    public async Task Callback_TenMinutesLater_Refused()
    {
        var setup = shared.Fresh();
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        setup.Clock.Advance(AccessGateway.SignIn.ProviderClient.StateLifetime + TimeSpan.FromMinutes(1));
        await AssertRefusedAsync(setup, browser, await browser.GoAsync(answer.ToString()), "too_late");
    }

    [Fact]
    public async Task Callback_PersonSaysNo_Refused()
    {
        var setup = shared.Fresh();
        setup.Add();
        setup.Provider.Cancels = true;
        using var browser = setup.Browser();
        await AssertRefusedAsync(setup, browser, await browser.SignInAsync(), "cancelled");
    }

    [Theory]
    [InlineData("invalid_scope", "provider_error")]
    [InlineData("temporarily_unavailable", "unreachable")]
    [InlineData("something_new", "provider_error")]
    public async Task Callback_ErrorOfTheProvider_ItsOwnPage(string error, string reason)
    {
        var setup = shared.Fresh();
        setup.Add();
        using var browser = setup.Browser();
        var answer = new Uri(With(new Uri(With(await browser.AnswerAsync(), "code", null)), "error", error));
        await AssertRefusedAsync(setup, browser, await browser.GoAsync(With(answer, "error_description", "<script>alert(1)</script>")), reason);
    }

    [Fact]
    public async Task Callback_AnswerOfOneProviderAtTheAddressOfAnother_Refused()
    {
        TestProvider? second = null;
        await using var setup = await ProviderSetup.StartAsync(change: (settings, first) =>
        {
            second = TestProvider.StartAsync(TimeProvider.System, new Uri($"{settings["Gateway:PublicUrl"]}/sign-in/provider/other/callback")).GetAwaiter().GetResult();
            foreach (var (key, value) in second.Settings("other", index: 1))
                settings[key] = value;
        });
        await using var other = second!;
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        await AssertRefusedAsync(setup, browser, await browser.GoAsync(answer.ToString().Replace("/corp/", "/other/", StringComparison.Ordinal)), "not_trusted");
        Assert.DoesNotContain(other.Requests, path => path.StartsWith("/connect/token", StringComparison.Ordinal));
    }

    /// <summary>One gateway and one provider for most tests; each has a person of its own.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        private ProviderSetup? _setup;

        internal ProviderSetup Fresh()
        {
            _setup!.Provider.Forge = null;
            _setup.Provider.Cancels = false;
            return _setup;
        }

        public async ValueTask InitializeAsync() => _setup = await ProviderSetup.StartAsync();

        public ValueTask DisposeAsync() => _setup!.DisposeAsync();
    }

    private static async Task AssertRefusedAsync(ProviderSetup setup, TestBrowser browser, BrowserPage page, string reason)
    {
        Assert.Equal("/sign-in/problem", page.Address.AbsolutePath);
        Assert.Equal(200, page.Status);
        Assert.Contains($"what={reason}", page.Address.Query, StringComparison.Ordinal);
        Assert.DoesNotContain(TestProvider.BodyCanary, page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
        Assert.Equal(reason, await setup.LastFailureAsync());
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
    }

    private static string With(Uri address, string name, string? value)
    {
        var query = HttpUtility.ParseQueryString(address.Query);
        if (value is null)
            query.Remove(name);
        else
            query[name] = value;
        return $"{address.GetLeftPart(UriPartial.Path)}?{query}";
    }
}
