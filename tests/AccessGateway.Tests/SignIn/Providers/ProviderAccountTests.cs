namespace AccessGateway.Tests.SignIn.Providers;

using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>Whose account a provider's person gets: never one by name.</summary>
public sealed class ProviderAccountTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_NameOfALocalUser_RefusedAndAudited(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        await setup.Gateway.AddUserAsync("admin", "administrators");
        setup.Provider.Add("s-mallory", "Admin");
        using var browser = setup.Browser();
        Assert.Equal("The name is taken", (await browser.SignInAsync()).Title);
        Assert.Equal("name_taken", await setup.LastFailureAsync());
        Assert.Null(await setup.IdentityAsync("s-mallory"));
        Assert.Empty((await setup.UserAsync("admin"))!.ProviderGroups);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_ProviderRenamesOrReusesTheName_AccountStaysWithTheSubject(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        var ann = setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        ann.UserName = "ann.married";
        var page = await browser.SignInAsync();
        Assert.Contains("<strong>ann</strong>", page.Html, StringComparison.Ordinal);

        setup.Provider.Add("s-2", "ann");
        using var other = setup.Browser();
        Assert.Equal("The name is taken", (await other.SignInAsync()).Title);
    }

    /// <summary>Mail goes where the provider says only as long as it calls the address verified.</summary>
    [Fact]
    public async Task SignIn_EmailOfTheProvider_OnlyWhileVerified()
    {
        await using var setup = await ProviderSetup.StartAsync(DatabaseKind.Sqlite);
        var ann = setup.Provider.Add("s-1", "ann");
        (ann.Email, ann.EmailVerified) = ("Ann@corp.example", false);
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        Assert.Null((await setup.UserAsync("ann"))!.ProviderEmail);
        ann.EmailVerified = true;
        await browser.SignInAsync();
        Assert.Equal("Ann@corp.example", (await setup.UserAsync("ann"))!.ProviderEmail);
        ann.Email = "ann@corp.example\r\nBcc: x@evil.example";
        await browser.SignInAsync();
        Assert.Null((await setup.UserAsync("ann"))!.ProviderEmail);
    }

    [Fact]
    public async Task SignIn_SameNameAtTwoProviders_SecondRefused()
    {
        TestProvider? second = null;
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) =>
        {
            second = TestProvider.StartAsync(TimeProvider.System, new Uri($"{settings["Gateway:PublicUrl"]}/sign-in/provider/other/callback")).GetAwaiter().GetResult();
            foreach (var (key, value) in second.Settings("other", index: 1))
                settings[key] = value;
        });
        await using var other = second!;
        setup.Provider.Add("s-1", "ann");
        // The very same subject, too: it means nothing at another issuer.
        other.Add("s-1", "ann");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        using var stranger = new TestBrowser(setup.Gateway.Address, setup.Gateway.CertificateAuthorityFile, other.CertificateAuthorityFile);
        Assert.Equal("The name is taken", (await stranger.GoAsync("/sign-in/provider/other")).Title);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_FirstTimeInManyBrowsersAtOnce_OneAccount(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        setup.Provider.Add("s-1", "ann", "/Platform");
        var pages = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var browser = setup.Browser();
            return await browser.SignInAsync();
        }));
        Assert.All(pages, page => Assert.Contains(page.Title, new[] { "Add your authenticator", "This link is not valid" }));
        Assert.Contains(pages, page => page.Title == "Add your authenticator");
        Assert.Single(await setup.Gateway.AuditAsync(), row => row.Type == "user.added");
    }

    [Fact]
    public async Task SignIn_NoJustInTimeCreation_RefusedUntilLinked()
    {
        await using var setup = await ProviderSetup.StartAsync(change: (settings, _) => settings["SignIn:Providers:0:CreateUsers"] = "false");
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        Assert.Equal("No account yet", (await browser.SignInAsync()).Title);
        Assert.Null(await setup.UserAsync("ann"));
        var local = await setup.Gateway.AddUserAsync("anna");
        TestGateway.Value(await LinkAsync(setup, "anna", "s-1"));
        var page = await setup.SecondStepAsync(browser, await browser.SignInAsync(), local);
        Assert.Equal("/", page.Address.AbsolutePath);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Link_LocalUser_ProviderAloneSignsInFromThenOn(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        var (ann, _) = await setup.Gateway.EnrolAsync("ann", "platform");
        var login = TestGateway.Value(await LocalSignInAsync(setup, ann));
        var invitation = TestGateway.Value(await setup.Gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", "bob", [], default)));
        TestGateway.Value(await LinkAsync(setup, "ann", "s-1"));
        TestGateway.Value(await LinkAsync(setup, "bob", "s-2"));

        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await LocalSignInAsync(setup, ann)));
        Assert.False(await setup.Gateway.WithAsync<LoginUse, bool>(use => use.IsCurrentAsync(login.Id, login.UserId, "127.0.0.1", default)));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await setup.Gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(invitation, default))));
        setup.Provider.Add("s-1", "whatever", "/Gateway Admins");
        using var browser = setup.Browser();
        await setup.SecondStepAsync(browser, await browser.SignInAsync(), ann);
        Assert.Equal(["administrators", "platform"], (await CallerAsync(setup, ann.Caller.UserId)).GroupNames.Order());

        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await LinkAsync(setup, "ann", "s-3")));
        TestGateway.Value(await UnlinkAsync(setup, "ann"));
        Assert.Equal(["platform"], (await CallerAsync(setup, ann.Caller.UserId)).GroupNames);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        setup.Provider.Current!.UserName = "ann";
        Assert.Equal("The name is taken", (await browser.SignInAsync()).Title);
        Assert.Equal(["identity.linked", "identity.linked", "identity.unlinked"], (await setup.Gateway.AuditAsync()).Where(row => row.Type.StartsWith("identity.", StringComparison.Ordinal)).Select(row => row.Type));
    }

    [Theory]
    [InlineData("nobody", "corp", "s-1", typeof(Refusal.NotFound))]
    [InlineData("ann", "elsewhere", "s-1", typeof(Refusal.Invalid))]
    [InlineData("ann", "corp", "", typeof(Refusal.Invalid))]
    [InlineData("ann", "corp", "s 1", typeof(Refusal.Invalid))]
    [InlineData("ann", "corp", "s-taken", typeof(Refusal.Conflict))]
    public async Task Link_NotPossible_Refused(string name, string provider, string subject, Type refusal)
    {
        await using var setup = await ProviderSetup.StartAsync();
        await setup.Gateway.AddUserAsync("ann");
        await setup.Gateway.AddUserAsync("bob");
        TestGateway.Value(await LinkAsync(setup, "bob", "s-taken"));
        Assert.IsType(refusal, TestGateway.RefusalOf(await setup.Gateway.WithAsync<IdentityLinks, Outcome<User>>(links => links.LinkAsync("test", name, provider, subject, default))));
    }

    [Fact]
    public async Task SignIn_DisabledHere_RefusedAndGroupsStay()
    {
        await using var setup = await ProviderSetup.StartAsync();
        var person = setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        await setup.Gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "ann", disabled: true, default));
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        person.Groups.Add("/Gateway Admins");
        Assert.Equal("Account disabled", (await browser.SignInAsync()).Title);
        Assert.Equal("disabled", await setup.LastFailureAsync());
        Assert.Empty((await setup.UserAsync("ann"))!.ProviderGroups);
    }

    [Fact]
    public async Task SignIn_FactorsTakenAway_ProviderAloneEnrolsNoNewOne()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        var link = TestGateway.Value(await setup.Gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("test", "ann", default)));
        Assert.Equal("Your second factor was reset", (await browser.SignInAsync()).Title);
        Assert.Equal("factor_reset", await setup.LastFailureAsync());
        // The administrator's link asks for no password.
        var page = await browser.GetAsync($"/enrol/{link}");
        Assert.Equal("Add your authenticator", page.Title);
        var ann = await setup.EnrolAsync(browser, page);
        Assert.Null((await setup.UserAsync("ann"))!.PasswordHash);
        Assert.Equal("/", (await setup.SecondStepAsync(browser, await browser.SignInAsync(), ann)).Address.AbsolutePath);
    }

    private static Task<Outcome<User>> LinkAsync(ProviderSetup setup, string name, string subject) =>
        setup.Gateway.WithAsync<IdentityLinks, Outcome<User>>(links => links.LinkAsync("test", name, "corp", subject, default));

    private static Task<Outcome<User>> UnlinkAsync(ProviderSetup setup, string name) =>
        setup.Gateway.WithAsync<IdentityLinks, Outcome<User>>(links => links.UnlinkAsync("test", name, default));

    private static Task<Outcome<BrowserLogin>> LocalSignInAsync(ProviderSetup setup, TestUser user) => setup.Gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(
        signIns => signIns.SignInAsync(user.Name, user.Password, setup.Gateway.NextCode(user), "127.0.0.1", "test", default));

    private static Task<Caller> CallerAsync(ProviderSetup setup, string userId) => setup.Gateway.WithAsync<Callers, Caller>(async callers =>
        (await callers.FindAsync(new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity([new("sub", userId)])), default))!);
}
