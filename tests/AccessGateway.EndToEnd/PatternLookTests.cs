namespace AccessGateway.EndToEnd;

using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;

/// <summary>How requests and grants for namespace patterns look: few namespaces, more than a grant is bound in, none at all, long names.</summary>
public sealed class PatternLookTests : IAsyncLifetime
{
    private const string Long = "team-payments-reconciliation-batch-processing-europe-west-3";

    private readonly Dictionary<string, string> _values = [];
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;
    private (TestUser Alice, TestUser Bob) _people;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await StoryTests.LaunchAsync(_playwright);
        _api = await FakeApiServer.StartAsync();
        _api.AddStandardRoles();
        foreach (var name in new[] { "team-a", "team-b", "team-secret-vault", "dev-1", Long })
            _api.AddNamespace(name);
        _gateway = await TestGateway.CreateAsync(documents: PatternDocuments.Yaml(_api.Address), apiServer: _api);
        await _gateway.ListenAsync();
        var alice = await _gateway.AddUserAsync("alice", "platform");
        _people = (alice, await _gateway.AddUserAsync("bob", "administrators"));
        _values["pending"] = (await _gateway.SubmitAsync(alice, "reviewed", "2h", "team-*")).Id;
        _values["grant"] = await GrantAsync("team-*", "dev-?");
        _values["nothing"] = await GrantAsync("team-none-*");
        _values["broken"] = TestGateway.Value(await _gateway.TryBreakGlassAsync(
            alice, Workflow.Asked("deployer", "30m", "team-*") with { Reason = "everything is on fire", BreakGlass = true }, await _gateway.ProveAsync(alice, StepUpActions.BreakGlass(TestGateway.Cluster, "deployer")))).Id;
        // Asked for while they were few enough.
        _values["many"] = await GrantAsync("team-*");
        for (var number = 0; number < 110; number++)
            _api.AddNamespace($"team-{number:000}");
        await _gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Fact]
    public async Task Pages_OfPatterns_Accessible()
    {
        var problems = new List<string>();
        var looks = new[]
        {
            (_people.Alice, "new", "/requests/new?cluster=dev&role=deployer&in=team-*"), (_people.Alice, "pending", "/requests/{pending}"), (_people.Bob, "pending", "/requests/{pending}"),
            (_people.Alice, "grant", "/grants/{grant}"), (_people.Alice, "nothing", "/grants/{nothing}"), (_people.Bob, "many", "/grants/{many}"),
            (_people.Bob, "broken", "/requests/{broken}"), (_people.Alice, "home", "/"), (_people.Bob, "reviews", "/reviews"),
        };
        foreach (var (who, name, address) in looks)
        {
            await using var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
            await context.SignInAsync(_gateway, who);
            var page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(_gateway.Address, _values.Aggregate(address, (path, value) => path.Replace($"{{{value.Key}}}", value.Value, StringComparison.Ordinal))).ToString());
            await OpenFoldedAsync(page);
            problems.AddRange(await page.LookAsync($"pattern-{name}-{who.Name}", address));
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>A glass that is broken outside of what is offered: what was typed stays, and what is wrong is said beside it.</summary>
    [Fact]
    public async Task BreakGlass_PatternBeyondTheOffer_ToldAtTheField()
    {
        await using var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        await context.SignInAsync(_gateway, _people.Alice);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(_gateway.Address, "/requests/new?cluster=dev&role=deployer").ToString());
        await OpenFoldedAsync(page);
        await page.FillAsync("#glass-namespaces", "team-*, prod-*");
        await page.FillAsync("#glass-reason", "everything is on fire");
        await page.FillAsync("#glass-code", _gateway.NextCode(_people.Alice));
        await page.ClickAsync("#break-glass");
        await page.WaitForSelectorAsync("#glass-namespaces[aria-invalid=true]");
        Assert.Equal("team-*, prod-*", await page.InputValueAsync("#glass-namespaces"));
        // The form above, of an ordinary request, has nothing to do with it.
        Assert.Equal("", await page.InputValueAsync("#namespaces"));
        Assert.Equal(0, await page.Locator("#namespaces[aria-invalid=true]").CountAsync());
        Assert.Equal("glass-namespaces", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.Empty(await page.LookAsync("pattern-glass-refused-alice", "a glass beyond the offer"));
    }

    private async Task<string> GrantAsync(params string[] namespaces) =>
        (await _gateway.ActivateAsync(_people.Alice, (await _gateway.SubmitAsync(_people.Alice, "deployer", "2h", namespaces)).Id)).Id;

    private static async Task OpenFoldedAsync(IPage page) => await page.EvaluateAsync("document.querySelectorAll('main details').forEach(folded => folded.open = true)");
}
