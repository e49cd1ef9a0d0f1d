namespace AccessGateway.Testing;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

/// <summary>A gateway and a provider, each on HTTPS of its own, that know each other.</summary>
internal sealed class ProviderSetup : IAsyncDisposable
{
    public const string Start = "/sign-in/provider/corp";

    private int _people;

    private ProviderSetup(TestGateway gateway, TestProvider provider, CapturedLog log) => (Gateway, Provider, Log) = (gateway, provider, log);

    public TestGateway Gateway { get; }

    public TestProvider Provider { get; }

    /// <summary>What the gateway logged.</summary>
    public CapturedLog Log { get; }

    public FakeTimeProvider Clock => Gateway.Clock;

    /// <param name="change">Changes the settings; the keys begin with <c>SignIn:</c>.</param>
    public static async Task<ProviderSetup> StartAsync(
        DatabaseKind kind = DatabaseKind.Sqlite, Action<Dictionary<string, string?>, TestProvider>? change = null)
    {
        var log = new CapturedLog();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var address = new Uri($"https://localhost:{TestProvider.FreePort()}");
        var provider = await TestProvider.StartAsync(clock, new Uri(address, $"{Start}/callback"));
        var settings = provider.Settings();
        settings["Gateway:PublicUrl"] = address.ToString().TrimEnd('/');
        settings["Urls"] = settings["Gateway:PublicUrl"]!.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        change?.Invoke(settings, provider);
        var gateway = await TestGateway.CreateAsync(kind, clock: clock, settings: settings, configure: log.Use);
        await gateway.ListenAsync();
        return new ProviderSetup(gateway, provider, log);
    }

    public TestBrowser Browser() => new(Gateway.Address, Gateway.CertificateAuthorityFile, Provider.CertificateAuthorityFile);

    /// <summary>Somebody whom no test has used yet, signed in at the provider.</summary>
    public ProviderPerson Add(params string[] groups)
    {
        var number = Interlocked.Increment(ref _people);
        return Provider.Add($"s-{number}", $"person-{number}", groups);
    }

    /// <summary>Sign-in of somebody new, who enrols an authenticator on the way; then signed in.</summary>
    public async Task<TestUser> EnrolAsync(TestBrowser browser)
    {
        var page = await browser.SignInAsync();
        var user = await EnrolAsync(browser, page);
        await SecondStepAsync(browser, await browser.SignInAsync(), user);
        return user;
    }

    /// <summary>The enrolment page's second step.</summary>
    public async Task<TestUser> EnrolAsync(TestBrowser browser, BrowserPage page)
    {
        if (!page.Html.Contains("id=\"totp-secret\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"No enrolment page, but: {page.Title}: {page.Html}");
        var secret = OtpNet.Base32Encoding.ToBytes(page.Html.Split("id=\"totp-secret\"")[1].Split('>')[1].Split('<')[0].Trim());
        var name = page.Html.Split("<dt>Account</dt><dd>")[1].Split('<')[0];
        var user = new TestUser(new Caller("", name, []), secret, "");
        var done = await browser.SubmitAsync(page, ("code", Gateway.NextCode(user)));
        if (!done.Html.Contains("recovery-codes", StringComparison.Ordinal))
            throw new InvalidOperationException($"Not enrolled: {done.Title}");
        var row = await UserAsync(name);
        return user with { Caller = new Caller(row!.Id, name, row.ProviderGroups) };
    }

    public Task<BrowserPage> SecondStepAsync(TestBrowser browser, BrowserPage page, TestUser user) => browser.SubmitAsync(page, ("code", Gateway.NextCode(user)));

    public Task<User?> UserAsync(string name) => Gateway.WithAsync<GatewayDbContext, User?>(db => db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Name == name));

    public Task<ProviderIdentity?> IdentityAsync(string subject) =>
        Gateway.WithAsync<GatewayDbContext, ProviderIdentity?>(db => db.ProviderIdentities.AsNoTracking().SingleOrDefaultAsync(row => row.Subject == subject));

    /// <summary>What the last refused sign-in was refused for, as audited.</summary>
    public async Task<string?> LastFailureAsync() =>
        (await Gateway.AuditAsync()).LastOrDefault(row => row.Type == "sign_in.failed")?.Details.GetValueOrDefault("reason");

    public static Task<TokenAnswer> RefreshAsync(HttpClient plugin, string token) =>
        ApiClient.RedeemAsync(plugin, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token });

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
