namespace AccessGateway.EndToEnd;

using AccessGateway.Testing;
using Microsoft.Playwright;
using OtpNet;
using Xunit;

/// <summary>
/// Single sign-on in a real browser, with the provider on another site: SameSite and __Host- cookies, the Content-Security-Policy and
/// redirects across sites are the browser's to judge.
/// </summary>
public sealed class SingleSignOnTests : IAsyncLifetime
{
    private readonly List<string> _complaints = [];
    private ProviderSetup _setup = default!;
    private IPlaywright _playwright = default!;
    private IBrowser _browser = default!;
    private IPage _page = default!;

    public async ValueTask InitializeAsync()
    {
        _setup = await ProviderSetup.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        });
        var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ViewportSize = new() { Width = 360, Height = 740 } });
        _page = await context.NewPageAsync();
        _page.Console += (_, message) => _complaints.Add(message.Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _setup.DisposeAsync();
    }

    [Fact]
    public async Task SignIn_ThroughTheProviderOnAnotherSite_EnrolsThenSignsInWithACode()
    {
        _setup.Provider.Add("s-ann", "ann", "/Platform");
        _setup.Provider.Current = null;

        await _page.GotoAsync(Address("/reviews"));
        await ShootAsync("sign-in");
        await ChooseAsync();
        await _page.WaitForSelectorAsync("#totp-secret", new() { State = WaitForSelectorState.Attached });
        Assert.Contains("Add your authenticator", await _page.InnerTextAsync("h1"), StringComparison.Ordinal);
        var ann = new TestUser(new("", "ann", []), Base32Encoding.ToBytes((await _page.TextContentAsync("#totp-secret"))!.Trim()), "");
        await _page.FillAsync("#code", _setup.Gateway.NextCode(ann));
        await _page.ClickAsync("main button[type=submit]");
        await _page.WaitForSelectorAsync("#recovery-codes");

        await _page.GotoAsync(Address("/reviews"));
        await ChooseAsync();
        await _page.WaitForSelectorAsync("#continue");
        Assert.Equal(Address("/sign-in/second-step"), _page.Url);
        await ShootAsync("second-step");
        await _page.FillAsync("#code", "000000");
        await _page.ClickAsync("#continue");
        Assert.Contains("wrong", await _page.InnerTextAsync("#code-error"), StringComparison.Ordinal);
        await ShootAsync("second-step-wrong");
        await _page.FillAsync("#code", _setup.Gateway.NextCode(ann));
        await _page.ClickAsync("#continue");
        await _page.WaitForSelectorAsync("#signed-in-name");
        Assert.Equal(Address("/reviews"), _page.Url);
        Assert.Equal("ann", await _page.TextContentAsync("#signed-in-name"));
        Assert.DoesNotContain(_complaints, text => text.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_PersonSaysNo_ClearPageThatLeadsBack()
    {
        _setup.Provider.Cancels = true;
        await _page.GotoAsync(Address("/sign-in"));
        await _page.ClickAsync("#provider-corp");
        await _page.WaitForSelectorAsync("#again");
        await ShootAsync("problem");
        Assert.Contains("cancelled at Corp Login", await _page.InnerTextAsync("[role=alert]"), StringComparison.Ordinal);
        _setup.Provider.Cancels = false;
        _setup.Provider.Add("s-bob", "bob");
        await _page.ClickAsync("#again");
        await _page.WaitForSelectorAsync("#totp-secret", new() { State = WaitForSelectorState.Attached });
    }

    private async Task ChooseAsync()
    {
        await _page.ClickAsync("#provider-corp");
        await _page.ClickAsync("#person-s-ann");
    }

    private string Address(string path) => new Uri(_setup.Gateway.Address, path).ToString();

    private Task<byte[]> ShootAsync(string what) => _page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Kept, $"single-sign-on-{what}.png"), FullPage = true });
}
