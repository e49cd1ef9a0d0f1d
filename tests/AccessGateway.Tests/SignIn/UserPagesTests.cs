namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Text.RegularExpressions;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>The portal's pages of logins and accounts, as a browser meets them.</summary>
public sealed partial class UserPagesTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _root = null!;
    private Browser _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _root = await _gateway.AddUserAsync("root", "administrators");
        _admin = await Browser.SignedInAsync(_gateway, _root);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Logins_EndOneThenAllOthers_OnlyThisBrowserIsLeft()
    {
        var alice = await _gateway.AddUserAsync("alice");
        using var browser = await Browser.SignedInAsync(_gateway, alice);
        using var plugin = await _gateway.SignInAsync(alice);
        await _gateway.BrowserAsync(alice);
        var page = (await browser.GetAsync("/logins")).Text;
        Assert.Single(page.Split("this browser").Skip(1));
        var others = EndButtons().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, others.Count);

        Assert.Equal("/logins", Local((await browser.PostAsync("/logins", "end", ("login", others.Single(id => id.StartsWith("pl-", StringComparison.Ordinal))))).Location));
        Assert.Equal(HttpStatusCode.Unauthorized, (await plugin.GetAsync(new Uri("/api/v1/me", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("/logins", Local((await browser.PostAsync("/logins", "end")).Location));
        Assert.Empty(EndButtons().Matches((await browser.GetAsync("/logins")).Text));
    }

    [Fact]
    public async Task Logins_EndAnothers_NotPossible()
    {
        var alice = await _gateway.AddUserAsync("alice");
        using var browser = await Browser.SignedInAsync(_gateway, alice);
        var roots = EndButtons().Matches((await SecondOfRootAsync()).Text).Single().Groups[1].Value;
        var (status, text, _) = await browser.PostAsync("/logins", "end", ("login", roots));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("role=\"alert\"", text, StringComparison.Ordinal);
        Assert.Equal(2, (await _gateway.WithAsync<Logins, List<Login>>(logins => logins.ListAsync(_root.Caller, default))).Count);
    }

    [Fact]
    public async Task NewUser_WithACode_LinkShownInTheAnswerAlone()
    {
        var refused = (await _admin.PostAsync("/users/new", "add", ("name", "Carol"), ("groups", "sre"), ("code", "000000"))).Text;
        Assert.Contains("id=\"name-error\"", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"code-error\"", refused, StringComparison.Ordinal);
        Assert.Contains("id=\"code-error\"", (await _admin.PostAsync("/users/new", "add", ("name", "carol"), ("groups", "sre"), ("code", "000000"))).Text, StringComparison.Ordinal);
        var answer = (await _admin.PostAsync("/users/new", "add", ("name", "carol"), ("groups", "sre, platform"), ("code", _gateway.NextCode(_root)))).Text;
        var link = Links().Match(answer).Groups[1].Value;
        Assert.StartsWith("https://localhost/enrol/", link, StringComparison.Ordinal);
        var secret = link.Split('/')[^1];
        Assert.NotNull(TestGateway.Value(await _gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(secret, default))));
        foreach (var path in new[] { "/users/new", "/users", "/users/carol", "/audit" })
            Assert.DoesNotContain(secret, (await _admin.GetAsync(path)).Text, StringComparison.Ordinal);
        Assert.Contains("<li>sre</li><li>platform</li>", (await _admin.GetAsync("/users/carol")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_EveryForm_ChangesTheAccount()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        using var browser = await Browser.SignedInAsync(_gateway, alice);
        async Task<string> PostAsync(string form, params (string, string)[] fields)
        {
            var (status, text, location) = await _admin.PostAsync("/users/alice", form, [.. fields, ("code", _gateway.NextCode(_root))]);
            if (status == HttpStatusCode.Redirect)
                text = (await _admin.GetAsync(Local(location)!)).Text;
            return text;
        }

        Assert.Contains("<li>sre</li><li>auditors</li>", await PostAsync("groups", ("groups", "sre auditors")), StringComparison.Ordinal);
        Assert.Contains("id=\"email-error\"", await PostAsync("email", ("email", "alice")), StringComparison.Ordinal);
        Assert.Contains("<span>alice@corp.example</span>", await PostAsync("email", ("email", " alice@corp.example ")), StringComparison.Ordinal);
        var page = (await _admin.GetAsync("/users/alice")).Text;
        var login = EndButtons().Match(page).Groups[1].Value;
        Assert.Equal(HttpStatusCode.Redirect, (await _admin.PostAsync("/users/alice", "end", ("login", login))).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).Status);
        Assert.Contains("Disabled", await PostAsync("disable"), StringComparison.Ordinal);
        Assert.Contains("Enrolled", await PostAsync("enable"), StringComparison.Ordinal);
        Assert.Matches(Links(), await PostAsync("reset"));
        Assert.Matches(Links(), await PostAsync("invite"));
        Assert.Equal(7, (await _gateway.AuditAsync()).Count(row => row.Actor == "root" && (row.Type.StartsWith("user.", StringComparison.Ordinal) || row.Type == "sign_in.ended")));
    }

    [Theory]
    [InlineData("groups")]
    [InlineData("email")]
    [InlineData("disable")]
    [InlineData("reset")]
    [InlineData("end")]
    public async Task User_WithoutAntiforgery_Refused(string form)
    {
        await _gateway.AddUserAsync("alice", "platform");
        Assert.Equal(HttpStatusCode.BadRequest, (await _admin.PostWithoutAntiforgeryAsync("/users/alice", form, ("code", _gateway.NextCode(_root)))).Status);
        Assert.DoesNotContain(await _gateway.AuditAsync(), row => row is { Actor: "root", Type: not "sign_in.succeeded" });
    }

    [Fact]
    public async Task User_LastAdministrator_SaidBeforeACodeIsSpent()
    {
        var code = _gateway.NextCode(_root);
        foreach (var form in new[] { "disable", "reset" })
            Assert.Contains("last administrator", (await _admin.PostAsync("/users/root", form, ("code", code))).Text, StringComparison.Ordinal);
        Assert.Contains("last administrator", (await _admin.PostAsync("/users/root", "groups", ("groups", ""), ("code", code))).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await _admin.PostAsync("/users/root", "groups", ("groups", "administrators sre"), ("code", code))).Status);
    }

    [Theory]
    [InlineData("/users")]
    [InlineData("/users/new")]
    [InlineData("/users/root")]
    [InlineData("/users/nobody")]
    public async Task Users_NoAdministrator_403AndNothingTold(string path)
    {
        using var browser = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("alice", "auditors"));
        var (status, text, _) = await browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.DoesNotContain("root", text.Replace($"\"{path}#main\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/users\"", text, StringComparison.Ordinal);
        foreach (var form in new[] { "add", "groups", "disable", "enable", "reset", "invite", "end" })
            Assert.NotEqual(HttpStatusCode.OK, (await browser.PostAsync(path, form, ("name", "mallory"), ("groups", "administrators"), ("code", "123456"))).Status);
        Assert.DoesNotContain(await _gateway.AuditAsync(), row => row.Type.StartsWith("user.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/users/nobody", 404)]
    [InlineData("/users/%3Cscript%3E", 404)]
    [InlineData("/users?state=happy&name=%25&group=%27&after=%01", 200)]
    [InlineData("/users?state=7", 200)]
    public async Task Users_OddAddresses_AnsweredCalmly(string path, int expected)
    {
        var (status, text, _) = await _admin.GetAsync(path);
        Assert.Equal(expected, (int)status);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", text, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Text, Uri? Location)> SecondOfRootAsync()
    {
        await _gateway.BrowserAsync(_root);
        return await _admin.GetAsync("/logins");
    }

    private static string? Local(Uri? location) => location is { IsAbsoluteUri: true } ? location.PathAndQuery : location?.ToString();

    [GeneratedRegex("name=\"login\" value=\"([a-z0-9-]+)\"")]
    private static partial Regex EndButtons();

    [GeneratedRegex("id=\"enrolment-link\"[^>]*>([^<]+)<")]
    private static partial Regex Links();
}
