namespace AccessGateway.EndToEnd;

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AccessGateway.Testing;
using Microsoft.Playwright;
using Xunit;

/// <summary>The main job, from an empty machine to nothing left: nothing in it is faked.</summary>
[Collection(nameof(DemoTests))]
public sealed partial class StoryTests(Demo demo) : IAsyncLifetime
{
    private static readonly TimeSpan GrantAndMargin = TimeSpan.FromMinutes(3);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(_playwright);
    }

    /// <summary>Debian's chromium.</summary>
    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_CHROMIUM") ?? "/usr/bin/chromium",
        Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    [Fact]
    public async Task Demo_FromRequestToKubectlAndBackToNothing()
    {
        await using var admin = await Person.CreateAsync("admin", demo, _browser!);
        await using var alice = await Person.CreateAsync("alice", demo, _browser!);

        // 2. Enrolment, sign-out, sign-in.
        Assert.Equal(10, (await admin.EnrolAsync(demo.AdministratorLink)).Distinct().Count());
        Assert.Equal(10, (await alice.EnrolAsync(demo.RequesterLink)).Distinct().Count());
        await alice.Page.GotoAsync(demo.RequesterLink);
        Assert.Contains("not valid", await alice.Page.InnerTextAsync("main"), StringComparison.OrdinalIgnoreCase);
        await admin.SignInAsync();
        await admin.SignOutAsync();
        await alice.SignInAsync();

        // 3. The plugin: log-in through the browser for alice, by the device grant for the administrator; a request.
        await alice.LoginInBrowserAsync(demo.CertificateAuthority);
        Assert.Contains("alice", (await alice.KubectlAsync("access", "whoami")).Succeeded(), StringComparison.Ordinal);
        var request = (await alice.KubectlAsync("access", "request", "dev", "admin", "--for", "90s", "--reason", "INC-1 disk full", "-o", "name")).Succeeded();
        var requestId = Identifiers().Match(request).Value;
        Assert.NotEqual(0, (await alice.KubectlAsync("access", "activate", requestId, "--totp", "000000")).ExitCode);
        await admin.SignInAsync();
        await LoginByDeviceAsync(admin);

        // 4. Somebody else approves; the requester activates; plain kubectl works with a leaf.
        Assert.NotEqual(0, (await alice.KubectlAsync("access", "approve", requestId, "--totp", await alice.NextCodeAsync())).ExitCode);
        await ApproveInPortalAsync(admin, requestId);
        var activated = (await alice.KubectlAsync("access", "activate", requestId, "--totp", await alice.NextCodeAsync(), "-o", "json")).Succeeded();
        using var grant = JsonDocument.Parse(activated);
        var grantId = grant.RootElement.GetProperty("items")[0].GetProperty("id").GetString()!;
        (await alice.KubectlAsync("access", "use", grantId, "--context-name", "jit")).Succeeded();
        (await alice.KubectlAsync("--context", "jit", "get", "nodes")).Succeeded();
        (await alice.KubectlAsync("--context", "jit", "auth", "can-i", "delete", "nodes")).Succeeded();
        var binding = (await demo.AdminKubectlAsync("get", "clusterrolebinding", $"jit-{grantId}", "-o", "jsonpath={.subjects[*].name} {.roleRef.name}")).Succeeded();
        Assert.Equal($"jit:{grantId} cluster-admin", binding);
        using var credential = JsonDocument.Parse((await alice.KubectlAsync("access", "credential", "--grant", grantId)).Succeeded());
        using var leaf = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(
            credential.RootElement.GetProperty("status").GetProperty("clientCertificateData").GetString()!);
        Assert.Equal($"CN=alice, O=jit:{grantId}", leaf.Subject);
        await alice.Page.GotoAsync(new Uri(demo.Portal, "/").ToString());
        await alice.ShootAsync("my-access-active");

        // 5. What the role does not allow is forbidden, while it holds ...
        await ViewerMayOnlyViewAsync(alice);

        // ... and at its end everything is.
        await Eventually.TrueAsync(
            async () => (await demo.AdminKubectlAsync("get", "clusterrolebinding", $"jit-{grantId}")).ExitCode != 0, GrantAndMargin, "the binding to be gone");
        Assert.NotEqual(0, (await alice.KubectlAsync("--context", "jit", "get", "nodes")).ExitCode);
        Assert.NotEqual(0, (await alice.KubectlAsync("access", "credential", "--grant", grantId)).ExitCode);
        await WholeStoryIsAuditedAsync(admin, requestId, grantId);
    }

    [Fact]
    public async Task Demo_SecondUp_LeavesWhatRunsAlone()
    {
        var start = TimeProvider.System.GetTimestamp();
        var output = (await demo.UpAsync()).Succeeded();
        Assert.Contains("reset-mfa", output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"second up: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    private async Task LoginByDeviceAsync(Person person)
    {
        using var login = person.StartKubectl("access", "login", "--device", "--server", demo.Portal.ToString(), "--certificate-authority", demo.CertificateAuthority);
        var code = await Run.FindAsync(login.StandardError, UserCodes());
        await person.Page.GotoAsync(new Uri(demo.Portal, "/device").ToString());
        await person.Page.FillAsync("#user-code", code);
        await person.Page.ClickAsync("main button[type=submit]");
        await person.ShootAsync("device");
        await person.Page.FillAsync("#code", await person.NextCodeAsync());
        await person.Page.ClickAsync("button[name=answer][value=allow]");
        await login.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, login.ExitCode);
    }

    private async Task ApproveInPortalAsync(Person reviewer, string requestId)
    {
        await reviewer.Page.GotoAsync(new Uri(demo.Portal, "/reviews").ToString());
        await reviewer.ShootAsync("reviews");
        await reviewer.Page.GotoAsync(new Uri(demo.Portal, $"/requests/{requestId}").ToString());
        await reviewer.Page.FillAsync("#code", await reviewer.NextCodeAsync());
        await reviewer.ShootAsync("review");
        await reviewer.Page.ClickAsync("button[name=verdict][value=approve]");
        await reviewer.Page.WaitForLoadStateAsync();
        await reviewer.ShootAsync("reviewed");
    }

    private static async Task ViewerMayOnlyViewAsync(Person person)
    {
        (await person.KubectlAsync("access", "request", "dev", "viewer", "--for", "5m", "--reason", "a look around", "--use", "--totp", await person.NextCodeAsync())).Succeeded();
        var context = (await person.KubectlAsync("config", "get-contexts", "-o", "name")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Single(name => name != "jit");
        (await person.KubectlAsync("--context", context, "get", "pods", "--all-namespaces")).Succeeded();
        var forbidden = await person.KubectlAsync("--context", context, "get", "secrets", "--all-namespaces");
        Assert.Contains("Forbidden", forbidden.Errors, StringComparison.Ordinal);
        Assert.Contains("\"alice\"", forbidden.Errors, StringComparison.Ordinal);
    }

    private async Task WholeStoryIsAuditedAsync(Person auditor, string requestId, string grantId)
    {
        string[] expected =
        [
            "access_request.submitted", "access_request.reviewed", "access_request.approved", "grant.activated", "binding.created",
            "leaf.issued", "grant.expired", "binding.removed",
        ];
        var token = await AccessTokenAsync(auditor);
        List<string> types = [];
        string? late = null;
        await Eventually.TrueAsync(async () =>
        {
            var events = (await Run.ToEndAsync("curl", ["-sf", "--cacert", demo.CertificateAuthority, "-H", $"Authorization: Bearer {token}", $"{demo.Portal}api/v1/audit/events?accessRequest={requestId}"])).Succeeded();
            var items = JsonDocument.Parse(events).RootElement.GetProperty("items").EnumerateArray().ToList();
            types = [.. items.Select(item => item.GetProperty("type").GetString()!)];
            late = items.Where(item => item.GetProperty("type").GetString() == "binding.removed").Select(item => item.GetProperty("details").GetProperty("secondsAfterEnd").GetString()).SingleOrDefault();
            return late is not null;
        }, what: "the end of the story in the audit log");
        Assert.Equal(expected, types);
        Assert.InRange(double.Parse(late!, CultureInfo.InvariantCulture), 0, 5); // I1
        await auditor.Page.GotoAsync(new Uri(demo.Portal, $"/audit?grant={grantId}").ToString());
        await auditor.ShootAsync("audit");
        Assert.Contains("binding.removed", await auditor.Page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    private static async Task<string> AccessTokenAsync(Person person)
    {
        (await person.KubectlAsync("access", "whoami")).Succeeded();
        using var login = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(person.Home, ".config", "access-gateway", "login.json")));
        return login.RootElement.EnumerateObject().Single(property => property.Name.Contains("accessToken", StringComparison.OrdinalIgnoreCase)).Value.GetString()!;
    }

    [GeneratedRegex("ar-[0-9a-z]{13}")]
    private static partial Regex Identifiers();

    [GeneratedRegex("[B-Z]{4}-[B-Z]{4}")]
    private static partial Regex UserCodes();
}
