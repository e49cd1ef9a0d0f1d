namespace AccessGateway.EndToEnd;

using System.Text.Json;
using AccessGateway.Testing;
using Microsoft.Playwright;

/// <summary>A real browser on a gateway in this process, with virtual authenticators of the browser's own (WebAuthn, over the DevTools
/// protocol).</summary>
internal sealed class PortalBrowser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ICDPSession _devTools;
    private readonly string _folder;

    private PortalBrowser(IPlaywright playwright, IBrowser browser, IPage page, ICDPSession devTools, string folder) =>
        (_playwright, _browser, Page, _devTools, _folder) = (playwright, browser, page, devTools, folder);

    public IPage Page { get; }

    /// <summary>What the page complained about: scripts that failed, and what the Content-Security-Policy stopped.</summary>
    public List<string> Complaints { get; } = [];

    /// <param name="script">Whether pages may run scripts.</param>
    public static async Task<PortalBrowser> StartAsync(Uri address, bool script = true)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            // Not the context's IgnoreHTTPSErrors: with that, the browser takes no passkeys.
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--ignore-certificate-errors"],
        });
        var context = await browser.NewContextAsync(new() { BaseURL = address.ToString(), ViewportSize = new() { Width = 1280, Height = 900 }, JavaScriptEnabled = script });
        var page = await context.NewPageAsync();
        var devTools = await context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        var started = new PortalBrowser(playwright, browser, page, devTools, Directory.CreateDirectory(Path.Combine(Demo.Kept, "portal")).FullName);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                started.Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => started.Complaints.Add(error);
        return started;
    }

    /// <summary>Plugs an authenticator in; returns its id.</summary>
    /// <param name="transport"><c>internal</c> for the device's own, <c>usb</c> for a security key.</param>
    public async Task<string> AddAuthenticatorAsync(string transport = "internal", bool verifiesUser = true)
    {
        var added = await _devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = transport,
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = verifiesUser,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return added!.Value.GetProperty("authenticatorId").GetString()!;
    }

    /// <summary>Whether somebody touches it when it is asked.</summary>
    public Task SetPresenceAsync(string authenticator, bool present) =>
        _devTools.SendAsync("WebAuthn.setAutomaticPresenceSimulation", new() { ["authenticatorId"] = authenticator, ["enabled"] = present });

    public Task SetVerifiesUserAsync(string authenticator, bool verifies) =>
        _devTools.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = verifies });

    public async Task<int> CountCredentialsAsync(string authenticator)
    {
        JsonElement? answer = await _devTools.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = authenticator });
        return answer!.Value.GetProperty("credentials").GetArrayLength();
    }

    /// <summary>With name, password and code.</summary>
    public async Task SignInAsync(TestGateway gateway, TestUser user)
    {
        await Page.GotoAsync("/sign-in");
        await Page.FillAsync("#name", user.Name);
        await Page.FillAsync("#password", user.Password);
        await Page.FillAsync("#code", gateway.NextCode(user));
        await Page.ClickAsync("#sign-in");
        await Page.LeaveAsync("/sign-in");
    }

    /// <summary>From the page Security, proven by a code, to a passkey in the authenticator that is there.</summary>
    public async Task AddPasskeyAsync(TestGateway gateway, TestUser user, string name)
    {
        await BeginPasskeyAsync(gateway, user, name);
        await Page.ClickAsync("#create-passkey");
        await Page.ArriveAsync("/security$");
    }

    public async Task BeginPasskeyAsync(TestGateway gateway, TestUser user, string name)
    {
        await Page.GotoAsync("/security");
        await Page.ClickAsync("#add-passkey");
        await Page.FillAsync("#name", name);
        await Page.FillAsync("#code", gateway.NextCode(user));
        await Page.ClickAsync("#begin");
        await Page.WaitForSelectorAsync("#create-passkey");
    }

    public Task<string> TextAsync() => Page.InnerTextAsync("main");

    public Task ShootAsync(string what) => Page.ScreenshotAsync(new() { Path = Path.Combine(_folder, $"{what}.png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
