namespace AccessGateway.Tests.SignIn.Machines;

using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>The portal's pages of machines, as an administrator's browser meets them, and the calls of the API behind them.</summary>
public sealed partial class MachinePagesTests : IAsyncLifetime
{
    private const string Page = "/machines/" + MachineSetup.ServiceAccount;

    private Machines _machines = null!;
    private TestUser _root = null!;
    private Browser _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _machines = await Machines.StartAsync();
        _root = await _machines.Gateway.AddUserAsync("root", "administrators");
        _admin = await Browser.SignedInAsync(_machines.Gateway, _root);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _machines.DisposeAsync();
    }

    [Fact]
    public async Task Machines_NobodyCameYet_SaysSoAndNamesWhoMay()
    {
        var (status, text, _) = await _admin.GetAsync("/machines");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("No machine has signed in yet.", text, StringComparison.Ordinal);
        Assert.Matches("never signed in</h2>\\s*<ul>\\s*<li[^>]*>client:deploy-bot</li>\\s*<li[^>]*>sa:dev:ci:deployer</li>", text);
        Assert.Contains("href=\"/machines\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_SignedIn_ShownWithWhatTheyHold()
    {
        var grant = await SignInAsync();
        await MachineSetup.ClientTokenAsync(_machines.Client, MachineSetup.Sign(MachineSetup.Claims(_machines.Gateway.Clock.GetUtcNow())));
        var list = (await _admin.GetAsync("/machines")).Text;
        Assert.DoesNotContain("never signed in</h2>", list, StringComparison.Ordinal);
        Assert.Contains("2 keys of its document", list, StringComparison.Ordinal);
        Assert.Matches("sa:dev:ci:deployer</a></th>.*ServiceAccount.*Active.*cluster <strong>dev</strong>.*data-label=\"Logins\">1<.*data-label=\"Active grants\">1<", list.ReplaceLineEndings(" "));
        var page = (await _admin.GetAsync(Page)).Text;
        foreach (var part in new[] { "dev/ci/deployer", "machines", $"/grants/{grant.Id}", "pod job-1", "person=sa%3Adev%3Aci%3Adeployer" })
            Assert.Contains(part, page, StringComparison.Ordinal);
        var client = (await _admin.GetAsync("/machines/client:deploy-bot")).Text;
        Assert.Matches("P-256 <code.*RSA 2048 <code", client.ReplaceLineEndings(" "));
        Assert.Contains("No pod", client, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machine_EveryForm_KeepsItOut()
    {
        await SignInAsync();
        var login = EndButton().Match((await _admin.GetAsync(Page)).Text).Groups[1].Value;
        Assert.Equal(HttpStatusCode.Redirect, (await _admin.PostAsync(Page, "end", ("login", login))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await _machines.StatusAsync());
        Assert.Contains("role=\"alert\"", (await _admin.PostAsync(Page, "end", ("login", login))).Text, StringComparison.Ordinal);
        Assert.Single(await _machines.Gateway.AuditAsync(), row => row is { Type: "machine.login_ended", Actor: "root" } && row.Details["why"] == LoginEnd.Administrator);

        // As over the API: nothing without a code, or with a wrong one.
        foreach (var fields in new[] { [], new[] { ("code", "000000") } })
            Assert.Contains("id=\"code-disable-error\"", (await _admin.PostAsync(Page, "disable", fields)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await _machines.Gateway.AuditAsync(), row => row.Type == "user.disabled");
        Assert.Equal(HttpStatusCode.Redirect, (await _admin.PostAsync(Page, "disable", ("code", _machines.Gateway.NextCode(_root)))).Status);
        var disabled = (await _admin.GetAsync(Page)).Text;
        Assert.DoesNotContain("id=\"disable\"", disabled, StringComparison.Ordinal);
        Assert.Contains("Nowhere.", disabled, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await MachineSetup.ServiceAccountTokenAsync(_machines.Client, _machines.Token())).Answer.Error);
        Assert.Single(await _machines.Gateway.AuditAsync(), row => row is { Type: "grant.revoked", Actor: "root" });

        Assert.Equal(HttpStatusCode.Redirect, (await _admin.PostAsync(Page, "enable", ("code", _machines.Gateway.NextCode(_root)))).Status);
        Assert.Equal(200, (await MachineSetup.ServiceAccountTokenAsync(_machines.Client, _machines.Token())).Status);
    }

    [Theory]
    [InlineData("/machines")]
    [InlineData(Page)]
    [InlineData("/machines/nobody")]
    public async Task Machines_NoAdministrator_403AndNothingTold(string path)
    {
        await SignInAsync();
        using var browser = await Browser.SignedInAsync(_machines.Gateway, await _machines.Gateway.AddUserAsync("alice", "auditors"));
        var (status, text, _) = await browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.DoesNotContain("deployer", text.Replace($"\"{path}#main\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/machines\"", text, StringComparison.Ordinal);
        foreach (var form in new[] { "disable", "enable", "end" })
            Assert.NotEqual(HttpStatusCode.OK, (await browser.PostAsync(path, form, ("login", "x"), ("code", "123456"))).Status);
        Assert.Equal(HttpStatusCode.OK, await _machines.StatusAsync());
    }

    [Theory]
    [InlineData("/machines/nobody", 404)]
    [InlineData("/machines/root", 404)]
    [InlineData("/machines/%3Cscript%3E", 404)]
    [InlineData("/machines?after=%01", 200)]
    [InlineData("/machines?after=zz", 200)]
    public async Task Machines_OddAddresses_AnsweredCalmly(string path, int expected)
    {
        var (status, text, _) = await _admin.GetAsync(path);
        Assert.Equal(expected, (int)status);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_OneMachineAndItsLogins_ShownAndEnded()
    {
        await SignInAsync();
        using var admin = await _machines.Gateway.SignInAsync(_root);
        var machine = await admin.GetFromJsonAsync($"/api/v1{Page}", GatewayJson.Default.MachineView, TestContext.Current.CancellationToken);
        Assert.Equal((MachineState.Active, "dev", 1, 1, "machines"), (machine!.State, machine.Cluster, machine.Logins, machine.Grants, Assert.Single(machine.Policies)));
        var logins = await admin.GetFromJsonAsync($"/api/v1{Page}/logins", GatewayJson.Default.PageLoginView, TestContext.Current.CancellationToken);
        var login = Assert.Single(logins!.Items);
        Assert.Equal((LoginKind.Machine, "pod job-1"), (login.Kind, login.Device));

        // Nobody's else, and not by the way of people's logins, or the other way round.
        using var alice = await _machines.Gateway.SignInAsync(await _machines.Gateway.AddUserAsync("alice"));
        Assert.Equal(HttpStatusCode.Forbidden, await DeleteAsync(alice, $"/api/v1{Page}/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(admin, $"/api/v1/users/{MachineSetup.ServiceAccount}/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(admin, $"/api/v1/machines/alice/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.OK, await _machines.StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(admin, $"/api/v1{Page}/logins/{login.Id}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await _machines.StatusAsync());
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(admin, $"/api/v1{Page}/logins/{login.Id}"));
        foreach (var path in new[] { "/api/v1/machines/nobody", "/api/v1/machines/alice", "/api/v1/machines/nobody/logins" })
            Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await alice.GetAsync("/api/v1/machines/nobody", TestContext.Current.CancellationToken)).StatusCode);
    }

    private async Task<GrantView> SignInAsync()
    {
        MachineSetup.Use(_machines.Client, (await MachineSetup.ServiceAccountTokenAsync(_machines.Client, _machines.Token())).Answer);
        return await MachineSetup.GrantAsync(_machines.Client);
    }

    private static async Task<HttpStatusCode> DeleteAsync(HttpClient client, string path)
    {
        using var answer = await client.DeleteAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    [GeneratedRegex("name=\"login\" value=\"([a-z0-9-]+)\"")]
    private static partial Regex EndButton();
}
