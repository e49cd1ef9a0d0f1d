namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

/// <summary>The portal in a real browser, against a gateway in this process: what people click, and how it looks to them.</summary>
public sealed class PortalTests : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await StoryTests.LaunchAsync(_playwright);
        _api = await FakeApiServer.StartAsync();
        _gateway = await TestGateway.CreateAsync(apiServer: _api);
        await _gateway.ListenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Fact]
    public async Task Deny_WithComment_RequesterReadsIt()
    {
        var (alice, bob) = (await _gateway.AddUserAsync("alice", "platform"), await _gateway.AddUserAsync("bob", "sre"));
        var request = await _gateway.SubmitAsync(alice, "admin");
        var page = await OpenAsync(bob, $"/requests/{request.Id}");
        await page.FillAsync("#comment", "not <b>now</b>");
        await page.FillAsync("#code", _gateway.NextCode(bob));
        await page.ClickAsync("button[name=verdict][value=deny]");
        var seen = await (await OpenAsync(alice, $"/requests/{request.Id}")).InnerTextAsync("main");
        Assert.Contains("Denied", seen, StringComparison.Ordinal);
        Assert.Contains("not <b>now</b>", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grant_ExtendedByItsHolderThenRevokedByAnAdministrator()
    {
        var (alice, root) = (await _gateway.AddUserAsync("alice", "platform"), await _gateway.AddUserAsync("root", "administrators"));
        var grant = await _gateway.GrantAsync(alice);
        var page = await OpenAsync(alice, $"/grants/{grant.Id}");
        await page.ClickAsync("summary");
        await page.FillAsync("#duration", "soon");
        await page.FillAsync("#code", "123456");
        await page.ClickAsync("#extend");
        Assert.Contains("must be a duration", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.FillAsync("#duration", "30m");
        await page.FillAsync("#code", _gateway.NextCode(alice));
        await page.ClickAsync("#extend");
        Assert.Equal(grant.NotAfter.AddMinutes(30), (await ReadAsync(alice, grant.Id)).NotAfter);

        Assert.Equal(0, await page.Locator("#revoke").CountAsync());
        var admins = await OpenAsync(root, $"/grants/{grant.Id}");
        await admins.ClickAsync("#revoke");
        Assert.Contains("Revoked", await admins.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal((GrantState.Revoked, "root"), ((await ReadAsync(alice, grant.Id)).State, (await ReadAsync(alice, grant.Id)).EndedBy));
        Assert.Empty(_api.Objects);
    }

    [Fact]
    public async Task Revoke_ClusterDoesNotAnswer_PageSaysWhatStillHolds()
    {
        var (alice, root) = (await _gateway.AddUserAsync("alice", "platform"), await _gateway.AddUserAsync("root", "administrators"));
        var grant = await _gateway.GrantAsync(alice);
        _api.Fault = _ => 503;
        var page = await OpenAsync(root, $"/grants/{grant.Id}");
        await page.ClickAsync("#revoke");
        Assert.Contains("has not seen the binding gone", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StepUp_ManyWrongCodes_PageSaysHowLongToWait()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        var request = await _gateway.SubmitAsync(alice);
        var page = await OpenAsync(alice, $"/requests/{request.Id}");
        for (var attempt = 0; attempt < 6; attempt++)
        {
            await page.FillAsync("#code", "000000");
            await page.ClickAsync("#activate");
        }

        Assert.Contains("Too many failed attempts", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Contains("1m", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_MoreThanAPage_OlderAndNewest()
    {
        var root = await _gateway.AddUserAsync("root", "administrators");
        var alice = await _gateway.AddUserAsync("alice", "platform");
        for (var i = 0; i < 30; i++)
            await _gateway.SubmitAsync(alice); // two events each
        var page = await OpenAsync(root, "/audit");
        var newest = await page.Locator("tbody tr").First.InnerTextAsync();
        await page.ClickAsync("#older");
        Assert.NotEqual(newest, await page.Locator("tbody tr").First.InnerTextAsync());
        Assert.Equal(0, await page.Locator("#older").CountAsync());
        await page.ClickAsync("nav.pages a:has-text(\"Newest\")");
        Assert.Equal(newest, await page.Locator("tbody tr").First.InnerTextAsync());
    }

    /// <summary>Every page, light and dark, wide and narrow: no violation of WCAG A and AA that axe knows, no sideways scrolling, nothing
    /// that the Content-Security-Policy had to stop.</summary>
    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Pages_EveryLook_Accessible(ColorScheme scheme, int width)
    {
        var (alice, bob) = (await _gateway.AddUserAsync("alice", "platform"), await _gateway.AddUserAsync("bob", "sre", "administrators"));
        var (pending, grant) = (await _gateway.SubmitAsync(alice, "admin"), await _gateway.GrantAsync(alice));
        await _gateway.SubmitAsync(alice);
        var link = TestGateway.Value(await _gateway.WithAsync<SignIn.Users, Outcome<string>>(users => users.AddAsync("test", "carol", [], default)));
        var problems = new List<string>();
        foreach (var (user, path) in new[]
        {
            (alice, "/"), (alice, "/requests/new"), (alice, $"/requests/{pending.Id}"), (alice, $"/grants/{grant.Id}"), (alice, "/nowhere"),
            (bob, "/reviews"), (bob, $"/requests/{pending.Id}"), (bob, $"/grants/{grant.Id}"), (bob, "/audit"), (bob, "/device"),
            (null, "/sign-in"), (null, $"/enrol/{link}"),
        })
        {
            var page = await OpenAsync(user, path, scheme, width, problems);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Kept, $"page-{path.Trim('/').Split('/')[0]}-{user?.Name ?? "nobody"}-{scheme}-{width}.png".ToLowerInvariant()), FullPage = true });
            var sideways = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if (sideways > 0)
                problems.Add($"{path}: {sideways} px to scroll sideways");
            var result = await page.RunAxe();
            problems.AddRange(result.Violations.Select(violation => $"{path}: {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html).Take(3))}"));
            await page.Context.CloseAsync();
        }

        Assert.Empty(problems);
    }

    private async Task<IPage> OpenAsync(TestUser? user, string path, ColorScheme scheme = ColorScheme.Light, int width = 1280, List<string>? problems = null)
    {
        var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        if (user is not null)
            await SignInAsync(context, user);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal))
                problems?.Add($"{path}: {message.Text}");
        };
        await page.GotoAsync(new Uri(_gateway.Address, path).ToString());
        return page;
    }

    private async Task SignInAsync(IBrowserContext context, TestUser user)
    {
        var (cookies, _) = await _gateway.BrowserAsync(user);
        var login = cookies.Split("; ")[0].Split('=', 2);
        await context.AddCookiesAsync([new() { Name = login[0], Value = login[1], Url = _gateway.Address.ToString(), Secure = true, HttpOnly = true }]);
    }

    private async Task<Grant> ReadAsync(TestUser user, string id) =>
        TestGateway.Value(await _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(user.Caller, id, default)));
}
