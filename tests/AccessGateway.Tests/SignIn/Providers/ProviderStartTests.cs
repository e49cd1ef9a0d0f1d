namespace AccessGateway.Tests.SignIn.Providers;

using System.Web;
using AccessGateway.Testing;
using Xunit;

/// <summary>The way to a provider: what it is asked, by whom, and where it leads afterwards.</summary>
public sealed class ProviderStartTests(ProviderAnswerTests.Shared shared) : IClassFixture<ProviderAnswerTests.Shared>
{
    [Fact]
    public async Task Start_Always_AsksForCodeWithPkceNonceAndItsOwnRedirect()
    {
        var setup = shared.Fresh();
        using var browser = setup.Browser();
        var start = await browser.GetAsync(ProviderSetup.Start);
        var query = HttpUtility.ParseQueryString(start.Location!.Query);
        Assert.Equal("code", query["response_type"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        Assert.Equal($"{setup.Gateway.Address}sign-in/provider/corp/callback", query["redirect_uri"]);
        Assert.NotNull(query["nonce"]);
        Assert.NotNull(query["state"]);
        Assert.Contains(query["response_mode"], new[] { null, "query" });
        var cookie = Assert.Single(start.SetCookies, text => text.StartsWith("__Host-access-gateway-provider", StringComparison.Ordinal));
        foreach (var flag in new[] { "path=/", "secure", "httponly", "samesite=lax" })
            Assert.Contains(flag, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Mode", "no-cors")]
    public async Task Start_SentByAnotherSite_OnlyTheSignInPage(string header, string value)
    {
        var setup = shared.Fresh();
        using var browser = setup.Browser();
        var page = await browser.GetAsync($"{ProviderSetup.Start}?return=%2Freviews", (header, value));
        Assert.Equal("/sign-in?return=%2Freviews", page.Location!.PathAndQuery);
        Assert.Empty(page.SetCookies);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example")]
    public async Task SignIn_ReturnElsewhere_StaysHere(string asked)
    {
        var setup = shared.Fresh();
        setup.Add();
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        var page = await setup.SecondStepAsync(browser, await browser.SignInAsync(asked), ann);
        Assert.Equal(new Uri(setup.Gateway.Address, "/"), page.Address);
        Assert.Equal(200, page.Status);
    }
}
