namespace AccessGateway.Tests.SignIn.Providers;

using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>The sign-in page with providers, without passwords, and signing out.</summary>
public sealed class SignInPagesTests
{
    [Fact]
    public async Task SignInPage_ProviderAndPassword_BothOnOfferAndThePolicyUnchanged()
    {
        await using var setup = await ProviderSetup.StartAsync();
        using var browser = setup.Browser();
        var page = await browser.GetAsync("/sign-in?return=%2Freviews");
        Assert.Contains("href=\"/sign-in/provider/corp?return=%2Freviews\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("Sign in with Corp Login", page.Html, StringComparison.Ordinal);
        Assert.Contains("id=\"password\"", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignInPage_NoProvider_AsEver()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var browser = new TestBrowser(gateway.Address, gateway.CertificateAuthorityFile);
        var page = await browser.GetAsync("/sign-in");
        Assert.DoesNotContain("/sign-in/provider/", page.Html, StringComparison.Ordinal);
        foreach (var path in new[] { "/sign-in/provider/corp", "/sign-in/provider/corp/callback?code=x&state=y", "/sign-in/provider/-/callback", "/sign-in/provider/corp/sign-out" })
            Assert.Equal(404, (await browser.GetAsync(path)).Status);
    }

    [Fact]
    public async Task SignIn_LocalSignInOff_EveryPasswordRefusedAndNoForm()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:LocalSignIn"] = "false");
        var (ann, _) = await setup.Gateway.EnrolAsync("ann");
        using var browser = setup.Browser();
        Assert.DoesNotContain("password", (await browser.GetAsync("/sign-in")).Html, StringComparison.Ordinal);
        for (var i = 0; i < AttemptLimit.Free + 1; i++)
        {
            var refused = TestGateway.RefusalOf(await setup.Gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(
                signIns => signIns.SignInAsync("ann", ann.Password, setup.Gateway.NextCode(ann), "127.0.0.1", "test", default)));
            // Nobody is locked out of the provider by trying passwords.
            Assert.IsType<Refusal.Forbidden>(refused);
        }
    }

    [Fact]
    public async Task SignOut_ProviderUser_EndsHereAndOffersTheProvider()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:Providers:0:SignOutAtProvider"] = "true");
        setup.Add();
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        var home = await browser.GetAsync("/");
        Assert.Equal(200, home.Status);
        var page = await browser.SubmitAsync(home with { Address = new Uri(setup.Gateway.Address, "/sign-out") });
        Assert.Equal("/sign-in?out=1&provider=corp", page.Address.PathAndQuery);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        Assert.Contains("href=\"/sign-in/provider/corp/sign-out\"", page.Html, StringComparison.Ordinal);
        var ended = await browser.GoAsync("/sign-in/provider/corp/sign-out");
        Assert.Equal("/connect/logout", ended.Address.AbsolutePath);
        Assert.Null(setup.Provider.Current);
    }

    [Fact]
    public async Task SignOut_NotSet_OffersNothing()
    {
        await using var setup = await ProviderSetup.StartAsync();
        using var browser = setup.Browser();
        Assert.DoesNotContain("sign-out", (await browser.GetAsync("/sign-in?out=1&provider=corp")).Html, StringComparison.Ordinal);
        Assert.Equal(404, (await browser.GetAsync("/sign-in/provider/corp/sign-out")).Status);
    }

    [Fact]
    public async Task ProblemPage_HostileQuery_ShowsNothingOfIt()
    {
        await using var setup = await ProviderSetup.StartAsync();
        using var browser = setup.Browser();
        var page = await browser.GetAsync("/sign-in/problem?what=%3Cscript%3E&provider=%3Cscript%3Ealert(1)%3C/script%3E");
        Assert.Equal(200, page.Status);
        Assert.DoesNotContain("<script>", page.Html, StringComparison.OrdinalIgnoreCase);
    }
}
