namespace AccessGateway.EndToEnd;

using AccessGateway.Testing;
using Microsoft.Playwright;
using OtpNet;
using Xunit;

/// <summary>One's own factors in the portal, by somebody whose browser runs no script: passkeys aside, everything works.</summary>
public sealed class SecurityPageTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private IReadOnlyList<string> _codes = [];

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync(port: Demo.FreePort());
        await _gateway.ListenAsync();
        (_alice, _codes) = await _gateway.EnrolAsync("alice", "platform");
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Security_WithoutScript_AuthenticatorsNamesAndRecoveryCodes()
    {
        await using var browser = await PortalBrowser.StartAsync(_gateway.Address, script: false);
        var page = browser.Page;
        await page.GotoAsync("/sign-in");
        Assert.False(await page.IsVisibleAsync("#sign-in-passkey"));
        await browser.SignInAsync(_gateway, _alice);

        var tablet = await AddAuthenticatorAsync(browser);
        await page.ClickAsync("tr:has-text('Tablet') a");
        await page.FillAsync("#name", "Slate");
        await page.FillAsync("#rename-code", _gateway.NextCode(tablet));
        await page.ClickAsync("#rename-factor");
        await page.ArriveAsync("/security$");
        Assert.Contains("The authenticator 'Tablet' is called 'Slate' now", await browser.TextAsync(), StringComparison.Ordinal);

        await page.ClickAsync("#dismiss-notices");
        await page.ArriveAsync("/security$");
        Assert.Equal(0, await page.Locator(".notices").CountAsync());

        await page.ClickAsync("#new-recovery-codes");
        await page.FillAsync("#code", _gateway.NextCode(_alice));
        await page.ClickAsync("#replace-codes");
        var fresh = await page.Locator("#recovery-codes li").AllInnerTextsAsync();
        Assert.Equal(10, fresh.Distinct().Count());
        Assert.Empty(fresh.Intersect(_codes));

        await page.GotoAsync("/security");
        await page.ClickAsync("tr:has-text('Slate') a");
        await page.FillAsync("#remove-code", _gateway.NextCode(_alice));
        await page.ClickAsync("#remove-factor");
        await page.ArriveAsync("/security$");
        await page.ClickAsync("tr:has-text('Authenticator') a");
        Assert.Contains("This is your last factor", await browser.TextAsync(), StringComparison.Ordinal);
    }

    /// <summary>A lost phone: one recovery code signs in, another adds the next phone, and every page tells of both.</summary>
    [Fact]
    public async Task Security_PhoneLost_RecoveryCodesLeadToANewOne()
    {
        await using var browser = await PortalBrowser.StartAsync(_gateway.Address);
        var page = browser.Page;
        await page.GotoAsync("/sign-in?recovery=1");
        await page.FillAsync("#name", "alice");
        await page.FillAsync("#password", _alice.Password);
        await page.FillAsync("#code", _codes[0]);
        await page.ClickAsync("#sign-in");
        await Assertions.Expect(page.GetByText("9 are left")).ToBeVisibleAsync();
        await AddAuthenticatorAsync(browser, _codes[1]);
        Assert.Equal("8 of 10", await page.InnerTextAsync("#recovery-codes-left"));
        await page.GotoAsync("/audit");
        await Assertions.Expect(page.GetByText("8 are left")).ToBeVisibleAsync();
    }

    /// <summary>For eyes: light and dark, wide and narrow. What can be checked here is that nothing is wider than the screen.</summary>
    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Security_LightDarkWideNarrow_FitsTheScreen(ColorScheme scheme, int width)
    {
        await using var browser = await PortalBrowser.StartAsync(_gateway.Address);
        var page = browser.Page;
        await page.SetViewportSizeAsync(width, 800);
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await page.GotoAsync("/sign-in");
        await Assertions.Expect(page.Locator("#sign-in-passkey")).ToBeVisibleAsync();
        await ShootAsync("sign-in");
        await browser.SignInAsync(_gateway, _alice);
        await browser.AddAuthenticatorAsync();
        await browser.AddPasskeyAsync(_gateway, _alice, "Laptop with a rather long name, of 50 characters..");
        foreach (var (path, what) in new[] { ("/security", "security"), ("/security/add-passkey", "add-passkey"), ("/security/recovery-codes", "recovery-codes"), ("/step-up", "step-up") })
        {
            await page.GotoAsync(path);
            await ShootAsync(what);
        }

        await page.GotoAsync("/security");
        await page.Locator("td.buttons a").First.ClickAsync();
        await ShootAsync("factor");
        Assert.Empty(browser.Complaints);

        async Task ShootAsync(string what)
        {
            await browser.ShootAsync($"{what}-{scheme}-{width}".ToLowerInvariant());
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), $"{what} is wider than {width} px");
        }
    }

    /// <summary>Proven by a code of the enrolled authenticator, or by a recovery code.</summary>
    private async Task<TestUser> AddAuthenticatorAsync(PortalBrowser browser, string? recoveryCode = null)
    {
        await browser.Page.GotoAsync("/security");
        await browser.Page.ClickAsync("#add-authenticator");
        await browser.Page.FillAsync("#name", "Tablet");
        await browser.Page.FillAsync("#code", recoveryCode ?? _gateway.NextCode(_alice));
        await browser.Page.ClickAsync("#begin");
        var secret = await browser.Page.TextContentAsync("#totp-secret");
        var tablet = _alice with { TotpSecret = Base32Encoding.ToBytes(secret) };
        await browser.Page.FillAsync("#code", _gateway.NextCode(tablet));
        await browser.ShootAsync("add-authenticator");
        await browser.Page.ClickAsync("#confirm");
        await browser.Page.ArriveAsync("/security$");
        return tablet;
    }
}
