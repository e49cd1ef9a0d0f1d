namespace AccessGateway.EndToEnd;

using System.Net.Http.Json;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Microsoft.Playwright;
using Xunit;

/// <summary>Passkeys in a real browser: its own WebAuthn, its own authenticators, the portal's pages and their one script.</summary>
public sealed class PasskeyTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private PortalBrowser _browser = null!;

    private IPage Page => _browser.Page;

    public async ValueTask InitializeAsync()
    {
        var documents = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1")) + """

            ---
            apiVersion: access-gateway/v1
            kind: AccessPolicy
            metadata: {name: phishing-resistant}
            spec:
              clusters: {names: [dev]}
              requesters: {groups: [platform]}
              roles: [{name: careful, clusterRole: view, scope: cluster, maxDuration: 1h, approval: automatic}]
              mfa: {factors: [passkey]}
            """;
        _gateway = await TestGateway.CreateAsync(documents: documents, port: Demo.FreePort());
        await _gateway.ListenAsync();
        (_alice, _) = await _gateway.EnrolAsync("alice", "platform", "administrators");
        _browser = await PortalBrowser.StartAsync(_gateway.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Passkeys_TwoEnrolled_EachSignsInWithoutPassword()
    {
        await _browser.SignInAsync(_gateway, _alice);
        var laptop = await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");
        Assert.Equal(1, await _browser.CountCredentialsAsync(laptop));
        Assert.Contains("The passkey 'Laptop' was added", await _browser.TextAsync(), StringComparison.Ordinal);

        // The same device again: the browser says so itself.
        await _browser.BeginPasskeyAsync(_gateway, _alice, "Laptop again");
        await Page.ClickAsync("#create-passkey");
        await Assertions.Expect(Page.GetByText("This device holds a passkey for your account already.")).ToBeVisibleAsync();

        var key = await _browser.AddAuthenticatorAsync("usb");
        await _browser.SetPresenceAsync(laptop, present: false);
        await _browser.AddPasskeyAsync(_gateway, _alice, "Blue key");
        Assert.Equal(1, await _browser.CountCredentialsAsync(key));

        foreach (var (there, away) in new[] { (laptop, key), (key, laptop) })
        {
            await Page.ClickAsync("#sign-out");
            await _browser.SetPresenceAsync(there, present: true);
            await _browser.SetPresenceAsync(away, present: false);
            await Page.GotoAsync("/sign-in?return=%2Fsecurity");
            await Page.ClickAsync("#sign-in-passkey");
            await Page.ArriveAsync("/security$");
            Assert.Equal("alice", await Page.InnerTextAsync("#signed-in-name"));
        }

        Assert.Empty(_browser.Complaints);
        Assert.Equal(0, (await _gateway.AuditAsync()).Count(row => row.Type == "sign_in.failed"));
    }

    [Fact]
    public async Task SignIn_UserNotVerifiedOrUnknownPasskey_NobodySignedIn()
    {
        await _browser.SignInAsync(_gateway, _alice);
        var laptop = await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");
        var (id, proof) = await RemovalAsync("Laptop");
        await Page.ClickAsync("#sign-out");

        await _browser.SetVerifiesUserAsync(laptop, verifies: false);
        await Page.ClickAsync("#sign-in-passkey");
        await Assertions.Expect(Page.GetByText("No passkey was given. Try again.")).ToBeVisibleAsync();

        // The browser still offers one that the gateway does not know any more.
        await _browser.SetVerifiesUserAsync(laptop, verifies: true);
        TestGateway.Value(await _gateway.WithAsync<AccessGateway.SignIn.Factors, Problems.Outcome<FactorView>>(factors => factors.RemoveAsync(_alice.Caller, id, proof, default)));
        await Page.ClickAsync("#sign-in-passkey");
        await Assertions.Expect(Page.GetByText("That passkey was not accepted")).ToBeVisibleAsync();
        await Page.GotoAsync("/");
        Assert.Contains("/sign-in", Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_PolicyDemandsPasskey_NoCodeIsTaken()
    {
        var request = await _gateway.SubmitAsync(_alice, "careful");
        await _browser.SignInAsync(_gateway, _alice);
        await Page.GotoAsync($"/requests/{request.Id}");
        Assert.Contains("Policy asks for a passkey here, and you have none", await _browser.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await Page.Locator("#code").CountAsync());
        await _browser.ShootAsync("activate-passkey-missing");

        await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");
        await Page.GotoAsync($"/requests/{request.Id}");
        Assert.Equal(0, await Page.Locator("#code").CountAsync());
        await _browser.ShootAsync("activate-passkey");

        // A form that somebody sends by hand, with a code that is right.
        await Page.EvalOnSelectorAsync("form:has(#activate)", """
            (form, code) => { const input = document.createElement('input'); input.name = 'code'; input.value = code; form.append(input); form.submit(); }
            """, _gateway.NextCode(_alice));
        await Assertions.Expect(Page.GetByText("of a factor that does not count here")).ToBeVisibleAsync();

        await Page.ClickAsync("#activate");
        await Page.ArriveAsync("/grants/.+");
        Assert.Contains(await _gateway.AuditAsync(), row => row.Type == "grant.activated");
        Assert.Empty(_browser.Complaints);
    }

    /// <summary>A form with two buttons: the passkey is chosen first, then the verdict; and within minutes nobody is asked again.</summary>
    [Fact]
    public async Task Review_ByPasskey_ThenServedWithinMinutes()
    {
        var bob = await _gateway.AddUserAsync("bob", "platform");
        var requests = new List<string>();
        for (var i = 0; i < 3; i++)
            requests.Add((await _gateway.SubmitAsync(bob, "editor", "10m", $"payments-{i}")).Id);
        await _browser.SignInAsync(_gateway, _alice);
        await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");

        await Page.GotoAsync($"/requests/{requests[0]}");
        await _browser.ShootAsync("review");
        await Page.ClickAsync("[data-passkey-button]");
        await Assertions.Expect(Page.GetByText("Now choose below")).ToBeVisibleAsync();
        await _browser.ShootAsync("review-passkey-chosen");
        await Page.ClickAsync("button[value=approve]");
        await Assertions.Expect(Page.Locator("td", new() { HasText = "Approved" }).Or(Page.Locator(".status", new() { HasText = "Approved" })).First).ToBeVisibleAsync();

        await Page.GotoAsync($"/requests/{requests[1]}");
        Assert.Equal(0, await Page.Locator("#code").CountAsync());
        Assert.Contains("You proved a moment ago that it is you", await _browser.TextAsync(), StringComparison.Ordinal);
        await _browser.ShootAsync("review-served");
        await Page.ClickAsync("button[value=deny]");
        await Page.WaitForSelectorAsync("button[value=deny]", new() { State = WaitForSelectorState.Detached });
        Assert.Equal(2, (await _gateway.AuditAsync()).Count(row => row.Type == "access_request.reviewed"));
        Assert.Single(await _gateway.AuditAsync(), row => row.Type == "step_up.served");

        // Shown as served, but too late when it is sent: asked then, and nothing is done.
        await Page.GotoAsync($"/requests/{requests[2]}");
        _gateway.Clock.Advance(TimeSpan.FromMinutes(6));
        await Page.ClickAsync("button[value=approve]");
        await Assertions.Expect(Page.GetByText("This needs fresh proof that it is you.")).ToBeVisibleAsync();
        Assert.Equal(2, (await _gateway.AuditAsync()).Count(row => row.Type == "access_request.reviewed"));
        Assert.Empty(_browser.Complaints);
    }

    /// <summary>A terminal that needs a passkey: the page says what for, the browser proves it, the proof reaches the terminal's log-in.</summary>
    [Fact]
    public async Task StepUpPage_ForATerminal_ProofReachesIt()
    {
        var request = await _gateway.SubmitAsync(_alice, "careful", "20m");
        using var terminal = await _gateway.SignInAsync(_alice);
        await _browser.SignInAsync(_gateway, _alice);
        await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");

        var asked = new StartBrowserStepUp { Action = StepUpActions.Activate(request.Id), Methods = [StepUpMethods.Passkey] };
        using var started = await terminal.PostAsJsonAsync("/api/v1/step-up/browser", asked, GatewayJson.Default.StartBrowserStepUp);
        var prompt = (await started.Content.ReadFromJsonAsync(GatewayJson.Default.BrowserStepUp))!;
        await Page.GotoAsync(prompt.Address);
        Assert.Equal("Activate careful on dev (ClusterRole view) for 20m", await Page.InnerTextAsync("#action"));
        await _browser.ShootAsync("step-up-page");
        await Page.ClickAsync("button[value=allow]");
        await Assertions.Expect(Page.GetByText("The terminal goes on by itself")).ToBeVisibleAsync();

        using var answer = await terminal.PostAsync(new Uri($"/api/v1/step-up/browser/{prompt.Reference}/proof", UriKind.Relative), content: null);
        var proof = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.StepUpResponse))!;
        using var activate = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{request.Id}/activate") { Headers = { { StepUpActions.Header, proof.Proof } } };
        using var activated = await terminal.SendAsync(activate);
        Assert.Equal(System.Net.HttpStatusCode.Created, activated.StatusCode);

        using var again = await terminal.PostAsJsonAsync("/api/v1/step-up/browser", asked, GatewayJson.Default.StartBrowserStepUp);
        await Page.GotoAsync((await again.Content.ReadFromJsonAsync(GatewayJson.Default.BrowserStepUp))!.Address);
        await Page.ClickAsync("button[value=deny]");
        await Assertions.Expect(Page.GetByText("Nothing was done.")).ToBeVisibleAsync();
        Assert.Empty(_browser.Complaints);
    }

    /// <summary>The real plugin: it prints the page, waits, and activates with what the browser proved.</summary>
    [Fact]
    public async Task Plugin_PolicyDemandsPasskey_BrowserProvesIt()
    {
        var request = await _gateway.SubmitAsync(_alice, "careful", "20m");
        await _browser.SignInAsync(_gateway, _alice);
        await _browser.AddAuthenticatorAsync();
        await _browser.AddPasskeyAsync(_gateway, _alice, "Laptop");
        var home = await LogInPluginAsync();

        using var plugin = Run.Start(PluginProgram, ["activate", request.Id, "-o", "json"], new Dictionary<string, string> { ["HOME"] = home, ["XDG_CONFIG_HOME"] = "", ["BROWSER"] = "true" });
        var output = plugin.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var line = (await plugin.StandardError.ReadLineAsync(TestContext.Current.CancellationToken))!;
        Assert.StartsWith($"Prove that it is you, in a browser that is signed in as you: {_gateway.Address}step-up?reference=", line, StringComparison.Ordinal);
        await Page.GotoAsync(line[line.IndexOf("https://", StringComparison.Ordinal)..]);
        var reference = await Page.InnerTextAsync("main code");
        Assert.Equal($"The page must show the reference {reference}", await plugin.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        await Page.ClickAsync("button[value=allow]");
        await plugin.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, plugin.ExitCode);
        Assert.Contains(request.Id, await output, StringComparison.Ordinal);
        Directory.Delete(home, recursive: true);
    }

    private static string PluginProgram => Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_PLUGIN") is { Length: > 0 } published
        ? published
        : Path.Combine(Demo.Root, "artifacts", "bin", "AccessGateway.Kubectl", "debug", "kubectl-access");

    /// <summary>What the plugin's own log-in leaves in the home folder.</summary>
    private async Task<string> LogInPluginAsync()
    {
        using var client = _gateway.Anonymous();
        var answer = await _gateway.AuthorizeAsync(client, _alice);
        var home = Directory.CreateTempSubdirectory("access-gateway-home-").FullName;
        var folder = Directory.CreateDirectory(Path.Combine(home, ".config", "access-gateway")).FullName;
        var server = _gateway.Address.ToString().TrimEnd('/');
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { server, certificateAuthority = await File.ReadAllTextAsync(_gateway.CertificateAuthorityFile) }));
        await File.WriteAllTextAsync(Path.Combine(folder, "login.json"), JsonSerializer.Serialize(new { server, accessToken = answer.AccessToken, expiresAt = _gateway.Clock.GetUtcNow().AddMinutes(10) }));
        return home;
    }

    private async Task<(string Id, string Proof)> RemovalAsync(string name)
    {
        var factors = await _gateway.WithAsync<AccessGateway.SignIn.Factors, IReadOnlyList<FactorView>>(factors => factors.ListAsync(_alice.Caller, default));
        var id = factors.Single(factor => factor.Name == name).Id;
        return (id, await _gateway.ProveAsync(_alice, StepUpActions.RemoveFactor(id)));
    }
}
