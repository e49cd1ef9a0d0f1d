namespace AccessGateway.EndToEnd;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.KubeCalls;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Playwright;
using Xunit;

/// <summary>
/// Every page of the portal, light and dark, wide and narrow: no violation of WCAG A and AA that axe knows, no sideways scrolling, nothing
/// that the Content-Security-Policy had to stop. Screenshots are kept.
/// </summary>
public sealed class PageLookTests : IAsyncLifetime
{
    /// <summary>Which pages, and who sees them. What follows <c>#</c> is done there first.</summary>
    private static readonly (string Part, string Who, string Address)[] Looks =
    [
        ("access", "alice", "/"), ("access", "alice", "/requests/new"), ("access", "alice", "/requests/{pending}"), ("access", "alice", "/grants/{grant}"),
        ("access", "alice", "/nowhere"), ("access", "bob", "/reviews"), ("access", "bob", "/requests/{pending}"), ("access", "bob", "/grants/{grant}"),
        ("access", "alice", "/grants/{ended}"), ("access", "bob", "/audit"), ("access", "bob", "/audit?person=nobody"), ("access", "bob", "/reviews?text=nothing"),
        ("access", "bob", "/requests"), ("access", "alice", "/requests?state=denied&cluster=dev&text=x"), ("access", "bob", "/grants"), ("access", "alice", "/grants?state=revoked"),
        ("terminal", "alice", "/step-up?reference={prompt}"), ("terminal", "alice", "/step-up"), ("terminal", "alice", "/step-up?done=denied"),
        ("terminal", "alice", "/device?user_code={device}"), ("terminal", "alice", "/device"), ("terminal", "alice", "/login/confirm?client_id=kubectl-access&device=laptop"),
        ("account", "alice", "/security"), ("account", "alice", "/security/factors/{totp}"), ("account", "alice", "/security/factors/{passkey}"),
        ("account", "alice", "/security/add-authenticator"), ("account", "alice", "/security/add-authenticator#begin"),
        ("account", "alice", "/security/add-passkey"), ("account", "alice", "/security/add-passkey#begin"),
        ("account", "alice", "/security/recovery-codes"), ("account", "alice", "/security/recovery-codes#replace-codes"), ("account", "alice", "/logins"),
        ("users", "bob", "/users"), ("users", "bob", "/users/new"), ("users", "bob", "/users/new#add"), ("users", "bob", "/users/alice"),
        ("users", "bob", "/users/carol"), ("users", "bob", "/users/nobody"), ("users", "alice", "/users"), ("users", "bob", "/notifications"), ("users", "alice", "/notifications"),
        ("machines", "bob", "/machines"), ("machines", "bob", "/machines/sa:dev:ci:deployer"), ("machines", "bob", "/machines/client:deploy-bot"),
        ("machines", "bob", "/machines?after=zz"), ("machines", "bob", "/machines/nobody"), ("machines", "alice", "/machines"),
        ("clusters", "bob", "/clusters"), ("clusters", "bob", "/clusters/{cluster}"), ("clusters", "bob", "/clusters/{cluster}#check"),
        ("clusters", "bob", "/clusters/nobody"), ("clusters", "alice", "/clusters"), ("clusters", "alice", "/clusters/{cluster}"),
        ("posture", "bob", "/clusters/{cluster}/posture"), ("posture", "bob", "/clusters/{cluster}/posture?risk=low&whose=system"), ("posture", "bob", "/clusters/{cluster}/posture?text=nothing"), ("posture", "alice", "/clusters/{cluster}/posture"),
        ("door", "", "/sign-in"), ("door", "", "/sign-in?recovery=1"), ("door", "", "/sign-in#sign-in"), ("door", "", "/sign-in/second-step"),
        ("door", "", "/sign-in/problem?provider=corp&what=no_mfa"), ("door", "", "/enrol/{link}"), ("door", "", "/enrol/{link}#password"), ("door", "", "/enrol/gone"),
    ];

    private readonly Dictionary<string, TestUser> _people = [];
    private readonly Dictionary<string, string> _values = [];
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private FakeApiServer _api = null!;
    private string _config = "";
    private TestGateway _gateway = null!;

    public static TheoryData<string> Parts => [.. Looks.Select(look => look.Part).Distinct()];

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await StoryTests.LaunchAsync(_playwright);
        _api = await FakeApiServer.StartAsync();
        FakeServiceAccounts.Of(_api);
        FakeCluster.Of(_api).AlsoHold("", "secrets", "get");
        _config = MachineSetup.WriteConfiguration(_api);
        _gateway = await TestGateway.CreateAsync(apiServer: _api, config: _config);
        await _gateway.ListenAsync();
        await FillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_config, recursive: true);
        await _api.DisposeAsync();
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Pages_EveryLook_Accessible(string part)
    {
        var problems = new List<string>();
        foreach (var (_, who, address) in Looks.Where(look => look.Part == part))
        {
            var page = await OpenAsync(who, address, problems);
            problems.AddRange(await page.LookAsync($"page-{NameOf(address)}-{(who.Length == 0 ? "nobody" : who)}", address));
            await page.Context.CloseAsync();
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>A new page cannot be forgotten above.</summary>
    [Fact]
    public void Pages_OfThePortal_AreAllLookedAt()
    {
        var pages = ((IEndpointRouteBuilder)_gateway.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            .Select(endpoint => Shape($"/{endpoint.RoutePattern.RawText!.Trim('/')}"));
        Assert.Empty(pages.Except(Looks.Select(look => Shape(look.Address.Split('?', '#')[0]))).Distinct());

        static string Shape(string path) => string.Join('/', path.Split('/').Select((part, at) => at > 0 && (part.StartsWith('{') || part.Contains(':') || part is "alice" or "carol" or "nobody" or "gone" or "dev") ? "*" : part));
    }

    private async Task FillAsync()
    {
        var alice = _people["alice"] = await _gateway.AddUserAsync("alice", "platform");
        _people["bob"] = await _gateway.AddUserAsync("bob", "sre", "administrators");
        _values["cluster"] = TestGateway.Cluster;
        _values["pending"] = (await _gateway.SubmitAsync(alice, "admin")).Id;
        _values["grant"] = (await _gateway.GrantAsync(alice)).Id;
        _values["ended"] = (await _gateway.GrantAsync(alice)).Id;
        await _gateway.WithAsync<GatewayDbContext, int>(async db =>
        {
            foreach (var grant in new[] { _values["grant"], _values["ended"] })
                db.KubeCalls.AddRange(Call(grant, "create", "pods", "exec", stream: true, code: null), Call(grant, "delete", "pods", "", stream: false, code: 200));
            return await db.SaveChangesAsync();
        });
        TestGateway.Value(await _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, _values["ended"], default)));
        await _gateway.SubmitAsync(alice);
        using var passkey = new TestPasskey();
        _values["passkey"] = (await _gateway.AddPasskeyAsync(alice, passkey)).Id;
        _values["totp"] = (await _gateway.WithAsync<Factors, IReadOnlyList<FactorView>>(factors => factors.ListAsync(alice.Caller, default)))[0].Id;
        _values["link"] = TestGateway.Value(await _gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", "carol", ["platform"], default)));
        using var machine = _gateway.Anonymous();
        var now = _gateway.Clock.GetUtcNow();
        await MachineSetup.ClientTokenAsync(machine, MachineSetup.Sign(MachineSetup.Claims(now)));
        MachineSetup.Use(machine, (await MachineSetup.ServiceAccountTokenAsync(machine, FakeServiceAccounts.Token(now))).Answer);
        await MachineSetup.GrantAsync(machine);
        using var plugin = await _gateway.SignInAsync(alice);
        _values["device"] = (await DeviceFlow.StartDeviceAsync(plugin, "build-7.example")).UserCode!;
        _values["prompt"] = TestGateway.Value(await _gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(prompts =>
            prompts.StartAsync(alice.In("pl-1").Caller, new StartBrowserStepUp { Action = StepUpActions.Activate(_values["pending"]) }, OAuth.ClientId, "192.0.2.7", default))).Reference;
    }

    private KubeCall Call(string grant, string verb, string resource, string subresource, bool stream, int? code) => new()
    {
        Id = $"{grant}-{verb}",
        AuditId = "a",
        Cluster = TestGateway.Cluster,
        GrantId = grant,
        User = "alice",
        Verb = verb,
        ApiGroup = "",
        Resource = resource,
        Subresource = subresource,
        Namespace = "shop",
        Name = "checkout-6d5f8b7c9d-x2x4z",
        UserAgent = "kubectl/v1.32.0 (linux/amd64) kubernetes/70d3cc9",
        SourceIp = "192.0.2.7",
        CredentialId = "",
        IsStream = stream,
        ReceivedAt = _gateway.Clock.GetUtcNow(),
        NotedAt = _gateway.Clock.GetUtcNow(),
        CompletedAt = stream ? null : _gateway.Clock.GetUtcNow(),
        Code = code,
    };

    private async Task<IPage> OpenAsync(string who, string address, List<string> problems)
    {
        var context = await _browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        if (who.Length > 0)
            await context.SignInAsync(_gateway, _people[who]);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal) && !message.Text.Contains("403", StringComparison.Ordinal))
                problems.Add($"{address}: {message.Text}");
        };
        var (path, act) = address.Split('#') is [var before, var after] ? (before, after) : (address, null);
        foreach (var (name, value) in _values)
            path = path.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        await page.GotoAsync(new Uri(_gateway.Address, path).ToString());
        if (act is not null)
            await ActAsync(page, who, act);
        return page;
    }

    /// <summary>Fills the page's form in and sends it.</summary>
    private async Task ActAsync(IPage page, string who, string act)
    {
        async Task FillInAsync(string field, string value)
        {
            if (await page.Locator(field).CountAsync() > 0)
                await page.FillAsync(field, value);
        }

        await FillInAsync("#name", act == "add" ? "dave" : "Tablet");
        foreach (var field in new[] { "#password", "#password-again" })
            await FillInAsync(field, TestGateway.GoodPassword);
        if (await page.Locator("#code").CountAsync() > 0)
            await page.FillAsync("#code", who.Length > 0 ? _gateway.NextCode(_people[who]) : "123456");
        await page.Locator(act == "password" ? "button.primary" : $"#{act}").ClickAsync();
        await page.WaitForLoadStateAsync();
    }

    private static string NameOf(string address) => string.Join('-', address.Split('/', '?', '#', '=', '&').Select(part => part.Trim('{', '}')).Where(part => part.Length > 0).DefaultIfEmpty("home"));
}
