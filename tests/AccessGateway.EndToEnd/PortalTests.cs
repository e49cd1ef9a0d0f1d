namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
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

    private async Task<IPage> OpenAsync(TestUser user, string path)
    {
        var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ViewportSize = new() { Width = 1280, Height = 900 } });
        await context.SignInAsync(_gateway, user);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(_gateway.Address, path).ToString());
        return page;
    }

    private async Task<Grant> ReadAsync(TestUser user, string id) =>
        TestGateway.Value(await _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(user.Caller, id, default)));
}
