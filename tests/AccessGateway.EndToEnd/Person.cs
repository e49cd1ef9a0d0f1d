namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using System.Text.RegularExpressions;
using AccessGateway.Testing;
using Microsoft.Playwright;
using OtpNet;

/// <summary>Somebody with a browser, an authenticator and a terminal.</summary>
internal sealed partial class Person(string name, string plugin, Uri portal, string home, IBrowserContext context, IPage page) : IAsyncDisposable
{
    private const string Password = "a long enough pass phrase";

    private long _lastStep;
    private byte[] _secret = [];

    public IPage Page { get; } = page;

    public string Name { get; } = name;

    /// <summary>The home folder of the person's terminal.</summary>
    public string Home { get; } = Directory.CreateDirectory(home).FullName;

    public string Kubeconfig => Path.Combine(Home, "kubeconfig");

    public static Task<Person> CreateAsync(string name, Demo demo, IBrowser browser) =>
        CreateAsync(name, demo.PluginFolder, browser, demo.Portal, Path.Combine(demo.Folder, $"home-{name}"));

    /// <param name="plugin">The plugin's folder.</param>
    /// <param name="home">The terminal's home folder.</param>
    public static async Task<Person> CreateAsync(string name, string plugin, IBrowser browser, Uri portal, string home)
    {
        var context = await browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ViewportSize = new() { Width = 1280, Height = 900 } });
        return new Person(name, plugin, portal, home, context, await context.NewPageAsync());
    }

    /// <summary>A code that was not used before: the authenticator's next one where the current one was.</summary>
    public async Task<string> NextCodeAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(Step() > _lastStep), what: "the authenticator's next code");
        _lastStep = Step();
        return new Totp(_secret).ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime);

        static long Step() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30;
    }

    /// <summary>From the link to ten recovery codes.</summary>
    public async Task<IReadOnlyList<string>> EnrolAsync(string link)
    {
        await Page.GotoAsync(link);
        await ShootAsync("enrol-1-password");
        await Page.FillAsync("#password", Password);
        await Page.FillAsync("#password-again", Password);
        await Page.ClickAsync("main button[type=submit]");
        var secret = (await Page.TextContentAsync("#totp-secret"))!;
        _secret = Base32Encoding.ToBytes(secret.Replace(" ", "", StringComparison.Ordinal).Trim());
        var uri = (await Page.TextContentAsync("#otpauth-uri"))!;
        if (!uri.Contains($"secret={Base32Encoding.ToString(_secret).TrimEnd('=')}", StringComparison.Ordinal))
            throw new InvalidOperationException($"The address {uri} carries another secret.");
        await ShootAsync("enrol-2-authenticator");
        await Page.FillAsync("#code", await NextCodeAsync());
        await Page.ClickAsync("main button[type=submit]");
        await Page.WaitForSelectorAsync("#recovery-codes");
        await ShootAsync("enrol-3-recovery-codes");
        return await Page.Locator("#recovery-codes li").AllInnerTextsAsync();
    }

    public async Task SignInAsync()
    {
        await Page.GotoAsync(new Uri(portal, "/sign-in").ToString());
        await Page.FillAsync("#name", Name);
        await Page.FillAsync("#password", Password);
        await Page.FillAsync("#code", await NextCodeAsync());
        await ShootAsync("sign-in");
        await Page.ClickAsync("#sign-in");
        await Page.LeaveAsync("/sign-in");
        await ShootAsync("my-access");
    }

    /// <summary>`kubectl access login` by the browser, which must be signed in.</summary>
    public async Task LoginInBrowserAsync(string certificateAuthority)
    {
        using var login = StartKubectl("access", "login", "--server", portal.ToString(), "--certificate-authority", certificateAuthority);
        await Page.GotoAsync(await Run.FindAsync(login.StandardError, AuthorizationUrls()));
        await ShootAsync("login-confirm");
        await Page.ClickAsync("button[name=answer][value=allow]");
        await login.WaitForExitAsync();
        if (login.ExitCode != 0)
            throw new InvalidOperationException($"The login ended with exit code {login.ExitCode}.");
    }

    public async Task SignOutAsync()
    {
        await Page.ClickAsync("#sign-out");
        await Page.ArriveAsync("/sign-in");
    }

    /// <summary>kubectl in the person's terminal, the plugin on its PATH.</summary>
    public Task<Finished> KubectlAsync(params string[] arguments) => Run.ToEndAsync("kubectl", arguments, Environment());

    public Process StartKubectl(params string[] arguments) => Run.Start("kubectl", arguments, Environment());

    public Task ShootAsync(string what) => Page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Kept, $"{Name}-{what}.png"), FullPage = true });

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    [GeneratedRegex(@"https://\S*/connect/authorize\S*")]
    private static partial Regex AuthorizationUrls();

    private Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = Home,
        ["KUBECONFIG"] = Kubeconfig,
        ["BROWSER"] = "true",
        ["XDG_CONFIG_HOME"] = Path.Combine(Home, ".config"),
        ["XDG_CACHE_HOME"] = Path.Combine(Home, ".cache"),
        ["PATH"] = $"{plugin}:{System.Environment.GetEnvironmentVariable("PATH")}",
    };
}
