namespace AccessGateway.Tests.SignIn.Providers;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

/// <summary>What follows the provider's word: the gateway's own factor, or the provider's where the settings take it.</summary>
public sealed class SecondStepTests
{
    private const string Mfa = "SignIn:Providers:0:Mfa:";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_WrongCodes_CountedWithEveryOtherTry(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        using var other = setup.Browser();
        var page = await other.SignInAsync();
        for (var i = 0; i < AttemptLimit.Free; i++)
        {
            var refused = await other.SubmitAsync(page, ("code", "000000"));
            Assert.Contains("The code is wrong", refused.Html, StringComparison.Ordinal);
            // A new sign-in resets nothing.
            page = await other.SignInAsync();
        }

        Assert.Contains("Too many failed attempts", (await setup.SecondStepAsync(other, page, ann)).Html, StringComparison.Ordinal);
        Assert.NotEqual(200, (await other.GetAsync("/")).Status);
        var failures = (await setup.Gateway.AuditAsync()).Where(row => row.Type == "sign_in.failed").ToList();
        Assert.Equal(AttemptLimit.Free, failures.Count);
        Assert.All(failures, row => Assert.Equal(("second_factor", "corp", "ann"), (row.Details["reason"], row.Details["provider"], row.Actor)));
        setup.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("/", (await setup.SecondStepAsync(other, await other.SignInAsync(), ann)).Address.AbsolutePath);
    }

    /// <summary>Whoever holds the account at the provider signs in as often as they like; their guesses at the gateway's codes stay counted.</summary>
    [Fact]
    public async Task SignIn_ByTheProvidersMfaBetweenTries_ForgivesNoCode()
    {
        await using var setup = await StartAsync((Mfa + "Acr:0", "gold"));
        setup.Provider.Add("s-1", "ann").Acr = "gold";
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser, await browser.SignInAsync());
        Task<Outcome<StepUpResponse>> ProveAsync(string code) => setup.Gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
            stepUps.ProveAsync(ann.Caller, new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = "activate:ar-0000000000000" }, default));
        for (var i = 0; i < AttemptLimit.Free; i++)
        {
            Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await ProveAsync("000000")));
            Assert.Equal("/", (await browser.SignInAsync()).Address.AbsolutePath);
        }

        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await ProveAsync(setup.Gateway.NextCode(ann))));
    }

    [Theory]
    [InlineData(" {0}")]
    [InlineData("{0} ")]
    [InlineData("{0}\u2003")]
    [InlineData("\uff11{0}")]
    public async Task Submit_CodeWithMoreAroundIt_Refused(string format)
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        using var other = setup.Browser();
        var refused = await other.SubmitAsync(await other.SignInAsync(), ("code", string.Format(System.Globalization.CultureInfo.InvariantCulture, format, setup.Gateway.NextCode(ann))));
        Assert.Contains("The code is wrong", refused.Html, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Submit_ManyAtOnceWithOneCode_OneLogin(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        await browser.SignInAsync();
        var secret = browser.Cookies.GetAllCookies()[ProviderEndpoints.PendingCookie]!.Value;
        var code = setup.Gateway.NextCode(ann);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => setup.Gateway.WithAsync<PendingSignIns, Outcome<BrowserLogin>>(
            pending => pending.CompleteAsync(secret, code, "127.0.0.1", "test", default))));
        Assert.Single(outcomes, outcome => outcome.Is(out BrowserLogin? _, out _));
    }

    [Fact]
    public async Task Submit_UsedPendingSignIn_StartsAgain()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        var page = await browser.SignInAsync();
        var secret = browser.Cookies.GetAllCookies()[ProviderEndpoints.PendingCookie]!.Value;
        Assert.Equal("/", (await setup.SecondStepAsync(browser, page, ann)).Address.AbsolutePath);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == ProviderEndpoints.PendingCookie && cookie.Value.Length > 0);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await setup.Gateway.WithAsync<PendingSignIns, Outcome<BrowserLogin>>(
            pending => pending.CompleteAsync(secret, setup.Gateway.NextCode(ann), "127.0.0.1", "test", default))));
    }

    [Fact]
    public async Task Submit_FiveMinutesLaterOrWithoutTheCookie_StartsAgain()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        var ann = await setup.EnrolAsync(browser);
        var page = await browser.SignInAsync();
        var cookie = Assert.Single((await browser.GetAsync((await browser.AnswerAsync()).ToString())).SetCookies, text => text.StartsWith(ProviderEndpoints.PendingCookie, StringComparison.Ordinal));
        foreach (var flag in new[] { "path=/", "secure", "httponly", "samesite=lax" })
            Assert.Contains(flag, cookie, StringComparison.OrdinalIgnoreCase);

        using var other = setup.Browser();
        Assert.Equal("Start again", (await other.GetAsync(ProviderEndpoints.SecondStepPath)).Title);
        setup.Clock.Advance(PendingSignIn.Lifetime);
        Assert.Equal("Start again", (await setup.SecondStepAsync(browser, page, ann)).Title);
    }

    [Fact]
    public async Task Submit_DisabledMeanwhile_StartsAgain()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var first = setup.Browser();
        var ann = await setup.EnrolAsync(first);
        using var browser = setup.Browser();
        var page = await browser.SignInAsync();
        await setup.Gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "ann", disabled: true, default));
        Assert.Equal("Start again", (await setup.SecondStepAsync(browser, page, ann)).Title);
    }

    [Fact]
    public async Task Pending_InTheDatabase_IsAHashAndSignsNobodyIn()
    {
        await using var setup = await ProviderSetup.StartAsync();
        setup.Provider.Add("s-1", "ann");
        using var browser = setup.Browser();
        await setup.EnrolAsync(browser);
        using var other = setup.Browser();
        await other.SignInAsync();
        var secret = other.Cookies.GetAllCookies()[ProviderEndpoints.PendingCookie]!.Value;
        var row = await setup.Gateway.WithAsync<GatewayDbContext, PendingSignIn>(db => db.PendingSignIns.SingleAsync(pending => pending.CompletedAt == null));
        Assert.DoesNotContain(secret, Convert.ToBase64String(row.Hash), StringComparison.Ordinal);
        foreach (var path in new[] { "/", "/audit", "/api/v1/me", "/requests/new" })
            Assert.NotEqual(200, (await other.GetAsync(path)).Status);
    }

    [Theory]
    [InlineData("gold", null, true)]
    [InlineData("silver", null, true)]
    [InlineData("bronze", null, false)]
    [InlineData(null, null, false)]
    [InlineData("Gold", null, false)]
    public async Task Provider_AcrAsSet_DecidesWhetherTheGatewayAsks(string? acr, string? amr, bool enough) =>
        await AssertProviderMfaAsync(acr, amr, enough, (Mfa + "Acr:0", "gold"), (Mfa + "Acr:1", "silver"));

    [Theory]
    [InlineData(null, "mfa", true)]
    [InlineData(null, "otp", false)]
    [InlineData("mfa", null, false)]
    public async Task Provider_AmrAsSet_DecidesWhetherTheGatewayAsks(string? acr, string? amr, bool enough) =>
        await AssertProviderMfaAsync(acr, amr, enough, (Mfa + "Amr:0", "mfa"), (Mfa + "Amr:1", "hwk"));

    [Theory]
    [InlineData("gold", "mfa", true)]
    [InlineData("gold", null, false)]
    [InlineData(null, "mfa", false)]
    public async Task Provider_BothAsSet_BothDecide(string? acr, string? amr, bool enough) =>
        await AssertProviderMfaAsync(acr, amr, enough, (Mfa + "Acr:0", "gold"), (Mfa + "Amr:0", "mfa"));

    [Fact]
    public async Task Provider_AcrFromUserInfo_CountsNothing() =>
        await AssertProviderMfaAsync(null, null, false, (Mfa + "Acr:0", "from-user-info"), ("SignIn:Providers:0:UserInfo", "true"));

    [Theory]
    [InlineData(5, true)]
    [InlineData(15, false)]
    public async Task Provider_AuthenticatedLongAgo_CountsNothing(int minutes, bool enough)
    {
        await using var setup = await StartAsync((Mfa + "Acr:0", "gold"), (Mfa + "MaxAge", "10m"));
        var person = setup.Provider.Add("s-1", "ann");
        person.Acr = "gold";
        using var browser = setup.Browser();
        await EnrolAloneAsync(setup, browser);
        person.AuthenticatedAt = setup.Clock.GetUtcNow().AddMinutes(-minutes);
        Assert.Equal(enough ? "/" : ProviderEndpoints.SecondStepPath, (await browser.SignInAsync()).Address.AbsolutePath);
        Assert.Contains(setup.Provider.Requests, path => path.Contains("max_age=600", StringComparison.Ordinal) && path.Contains("acr_values=gold", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Provider_NoMfaWhereDemanded_RefusedAndNoAccountMade()
    {
        await using var setup = await StartAsync((Mfa + "Acr:0", "gold"), (Mfa + "Otherwise", "refuse"));
        setup.Provider.Add("s-1", "ann").Acr = "bronze";
        using var browser = setup.Browser();
        Assert.Equal("A second factor is missing", (await browser.SignInAsync()).Title);
        Assert.Equal("no_mfa", await setup.LastFailureAsync());
        Assert.Null(await setup.UserAsync("ann"));
    }

    private static async Task AssertProviderMfaAsync(string? acr, string? amr, bool enough, params (string Key, string Value)[] settings)
    {
        await using var setup = await StartAsync(settings);
        var person = setup.Provider.Add("s-1", "ann");
        person.Acr = acr;
        person.Amr.AddRange(amr is null ? [] : [amr]);
        using var browser = setup.Browser();
        await EnrolAloneAsync(setup, browser);
        var page = await browser.SignInAsync("/reviews");
        Assert.Equal(enough ? "/reviews" : ProviderEndpoints.SecondStepPath, page.Address.AbsolutePath);
        Assert.Equal(200, page.Status);
    }

    /// <summary>Whoever checks the factor at sign-in: approvals ask for the gateway's, so that everybody enrols one.</summary>
    private static async Task EnrolAloneAsync(ProviderSetup setup, TestBrowser browser)
    {
        var page = await browser.SignInAsync();
        Assert.True(page.Title == "Add your authenticator", $"{page.Title}: {setup.Log.Text}");
        await setup.EnrolAsync(browser, page);
    }

    private static Task<ProviderSetup> StartAsync(params (string Key, string Value)[] changes) => ProviderSetup.StartAsync(change: (settings, _) =>
    {
        settings[Mfa + "By"] = "provider";
        foreach (var (key, value) in changes)
            settings[key] = value;
    });
}
