namespace AccessGateway.Tests.SignIn.Providers;

using System.Text.Json.Nodes;
using AccessGateway.Testing;
using Xunit;

/// <summary>A provider that is down, broken, not set up right or not who it says, and what of it is written down.</summary>
public sealed class ProviderOutageTests
{
    [Fact]
    public async Task Start_ProviderDown_GatewayRunsAndTheOthersSignIn()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, provider) =>
        {
            foreach (var (key, value) in provider.Settings("down", index: 1))
                settings[key] = value;
            settings["SignIn:Providers:1:Authority"] = $"https://127.0.0.1:{TestProvider.FreePort()}/";
        });
        setup.Add();
        using var browser = setup.Browser();
        var page = await browser.GoAsync("/sign-in/provider/down");
        Assert.Equal("Not reachable right now", page.Title);
        Assert.Contains("sign_in.failed", (await setup.Gateway.AuditAsync()).Select(row => row.Type));
        Assert.Equal("unreachable", await setup.LastFailureAsync());
        Assert.Equal("Add your authenticator", (await browser.SignInAsync()).Title);
        var signIn = await browser.GetAsync("/sign-in");
        Assert.Contains("id=\"provider-corp\"", signIn.Html, StringComparison.Ordinal);
        Assert.Contains("id=\"provider-down\"", signIn.Html, StringComparison.Ordinal);
        Assert.Contains("id=\"password\"", signIn.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ProviderComesBack_SignsIn()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add();
        setup.Provider.Fault = _ => 503;
        using var browser = setup.Browser();
        Assert.Equal("Not reachable right now", (await browser.SignInAsync()).Title);
        setup.Provider.Fault = _ => null;
        Assert.Equal("Add your authenticator", (await browser.SignInAsync()).Title);
    }

    [Theory]
    [InlineData("issuer", "https://evil.example/")]
    [InlineData("token_endpoint", "http://127.0.0.1:1/token")]
    [InlineData("authorization_endpoint", "http://127.0.0.1:1/authorize")]
    [InlineData("jwks_uri", "http://127.0.0.1:1/jwks")]
    [InlineData("jwks_uri", null)]
    public async Task Start_DiscoveryNotAcceptable_NobodyIsSentAnywhere(string key, string? value)
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add();
        setup.Provider.Misconfigure = document => _ = value is null ? document.Remove(key) : (document[key] = value) is JsonNode;
        using var browser = setup.Browser();
        Assert.Equal("Not reachable right now", (await browser.SignInAsync()).Title);
    }

    [Fact]
    public async Task Start_ProviderAnnouncesNoPkce_AskedForAllTheSame()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add();
        setup.Provider.Misconfigure = document => document.Remove("code_challenge_methods_supported");
        using var browser = setup.Browser();
        Assert.Contains("code_challenge_method=S256", (await browser.GetAsync(ProviderSetup.Start)).Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_CertificateOfAnotherCa_NotTrusted()
    {
        await using var stranger = await TestProvider.StartAsync(TimeProvider.System);
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:Providers:0:CertificateAuthorityFile"] = stranger.CertificateAuthorityFile);
        setup.Add();
        using var browser = setup.Browser();
        Assert.Equal("Not reachable right now", (await browser.SignInAsync()).Title);
        Assert.Empty(setup.Provider.Requests);
    }

    [Fact]
    public async Task Start_WithoutPinnedCa_SystemsCasDecide()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings.Remove("SignIn:Providers:0:CertificateAuthorityFile"));
        setup.Add();
        using var browser = setup.Browser();
        Assert.Equal("Not reachable right now", (await browser.SignInAsync()).Title);
        Assert.Empty(setup.Provider.Requests);
    }

    [Fact]
    public async Task Start_CertificateForAnotherName_NotTrusted()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, provider) =>
            settings["SignIn:Providers:0:Authority"] = $"https://127.0.0.2:{provider.Authority.Port}/");
        setup.Add();
        using var browser = setup.Browser();
        Assert.Equal("Not reachable right now", (await browser.SignInAsync()).Title);
        Assert.Empty(setup.Provider.Requests);
    }

    [Fact]
    public async Task Callback_TokenEndpointFails_ClearPageAndNothingOfItInLogs()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add();
        using var browser = setup.Browser();
        var answer = await browser.AnswerAsync();
        setup.Provider.Fault = request => request.Path == "/connect/token" ? 500 : null;
        Assert.Equal("Not reachable right now", (await browser.GoAsync(answer.ToString())).Title);
        Assert.Contains("corp", setup.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestProvider.BodyCanary, setup.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_ProviderTookANewKey_KnownWithinMinutes()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add();
        using var browser = setup.Browser();
        Assert.Equal("Add your authenticator", (await browser.SignInAsync()).Title);
        setup.Provider.RotateKey();
        // The first one after it may fail, and makes the gateway read the keys again.
        await Eventually.TrueAsync(async () => (await browser.SignInAsync()).Title == "Add your authenticator", what: "the new key to be known");
    }

    [Fact]
    public async Task SignIn_EveryStep_SecretsNowhereButWithTheProvider()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Add("/Platform");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        setup.Provider.Cancels = true;
        await browser.SignInAsync();

        Assert.NotEmpty(setup.Provider.Issued);
        var audit = string.Join('\n', (await setup.Gateway.AuditAsync()).SelectMany(row => row.Details.Values));
        var cookies = string.Join('\n', browser.Cookies.GetAllCookies().Select(cookie => cookie.Value));
        var database = await File.ReadAllBytesAsync(setup.Gateway.DatabaseFile!);
        foreach (var secret in setup.Provider.Issued.Append(TestProvider.ClientSecret).Append(TestProvider.BodyCanary))
        {
            Assert.DoesNotContain(secret, setup.Log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, audit, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, cookies, StringComparison.Ordinal);
            Assert.Equal(-1, database.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(secret)));
        }
    }
}
