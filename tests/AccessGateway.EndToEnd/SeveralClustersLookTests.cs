namespace AccessGateway.EndToEnd;

using AccessGateway.Testing;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

/// <summary>How requests for several clusters look, with what their roles really allow, and a glass that was broken.</summary>
public sealed class SeveralClustersLookTests : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private (string Config, FakeApiServer Dev, FakeApiServer Prod) _clusters;
    private TestGateway _gateway = null!;
    private (TestUser Alice, TestUser Bob) _people;
    private string _pending = "";
    private string _used = "";
    private string _broken = "";

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await StoryTests.LaunchAsync(_playwright);
        _clusters = await SeveralClusters.StartAsync();
        _clusters.Dev.AddStandardRoles();
        _clusters.Prod.AddStandardRoles();
        _gateway = await TestGateway.CreateAsync(apiServer: _clusters.Dev, config: _clusters.Config);
        await _gateway.ListenAsync();
        _people = (await _gateway.AddUserAsync("alice", "platform", "on-call"), await _gateway.AddUserAsync("bob", "sre", "administrators"));
        _pending = (await _gateway.SubmitToSeveralAsync(_people.Alice, "admin", "dev", "prod")).Id;
        _used = (await _gateway.SubmitToSeveralAsync(_people.Alice, "viewer", "dev", "prod")).Id;
        await _gateway.ActivateAllAsync(_people.Alice, _used);
        _broken = (await _gateway.BreakGlassAsync(_people.Alice)).Id;
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_clusters.Config, recursive: true);
        await _clusters.Dev.DisposeAsync();
        await _clusters.Prod.DisposeAsync();
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Fact]
    public async Task Pages_OfSeveralClusters_Accessible()
    {
        var problems = new List<string>();
        var looks = new[]
        {
            (_people.Alice, "new", "/requests/new?cluster=dev&role=admin&also=prod"), (_people.Alice, "pending", $"/requests/{_pending}"), (_people.Bob, "pending", $"/requests/{_pending}"),
            (_people.Alice, "used", $"/requests/{_used}"), (_people.Bob, "broken", $"/requests/{_broken}"), (_people.Bob, "reviews", "/reviews"), (_people.Bob, "requests", "/requests"),
        };
        foreach (var (who, name, address) in looks)
        {
            var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
            await context.SignInAsync(_gateway, who);
            var page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(_gateway.Address, address).ToString());
            problems.AddRange(await page.LookAsync($"several-{name}-{who.Name}", address));
            await context.CloseAsync();
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>Ticked, looked at, and still not asked for: what was typed stays, and Enter in a field still means to submit.</summary>
    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task NewRequest_LookedAt_EachChosenClusterShown(ColorScheme scheme, int width)
    {
        await using var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        await context.SignInAsync(_gateway, _people.Alice);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(_gateway.Address, "/requests/new?cluster=dev&role=admin").ToString());
        Assert.Equal(1, await page.Locator("#radius ~ .panel").CountAsync());
        await page.CheckAsync("#also-prod");
        await page.FillAsync("form:has(#look) textarea[name=reason]", "INC-1 disk full");
        Assert.Equal("submit", await page.EvaluateAsync<string>("document.querySelector('form:has(#look) button').id"));
        await page.ClickAsync("#look");
        Assert.Equal(["On dev", "On prod"], await page.Locator("h3:has-text('On ')").AllInnerTextsAsync());
        Assert.EndsWith("#radius", page.Url, StringComparison.Ordinal);
        Assert.Equal("INC-1 disk full", await page.InputValueAsync("form:has(#look) textarea[name=reason]"));
        Assert.True(await page.IsCheckedAsync("#also-prod"));
        await page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Kept, $"new-several-{scheme}-{width}.png".ToLowerInvariant()), FullPage = true });
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty((await page.RunAxe()).Violations.Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
    }
}
