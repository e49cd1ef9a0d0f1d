namespace AccessGateway.Tests.SignIn;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

/// <summary>Enrolment links in the hands of somebody else.</summary>
public sealed class EnrolmentTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private string _link = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _link = TestGateway.Value(await _gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", "carol", [], default)));
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    /// <summary>Who read the link on its way and began first must not know the password or the authenticator of the account that its owner makes.</summary>
    [Fact]
    public async Task Choose_ThiefFirstThenOwner_ThiefKnowsNothingThatCounts()
    {
        var thief = TestGateway.Value(await ChooseAsync("the thief's own words"));
        Assert.Null(TestGateway.Value(await FindAsync(null)).TotpSecret);
        var owner = TestGateway.Value(await ChooseAsync(TestGateway.GoodPassword));
        Assert.NotEqual(thief.TotpSecret, owner.TotpSecret);
        Assert.Null(TestGateway.Value(await FindAsync(thief.Ticket)).TotpSecret);
        Assert.Equal(owner.TotpSecret, TestGateway.Value(await FindAsync(owner.Ticket)).TotpSecret);

        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await ConfirmAsync(thief.Ticket, Carol(thief).CodeAt(_gateway.Clock.GetUtcNow()))));
        TestGateway.Value(await ConfirmAsync(owner.Ticket, Carol(owner).CodeAt(_gateway.Clock.GetUtcNow())));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await SignInAsync("the thief's own words", _gateway.NextCode(Carol(thief)))));
        Assert.NotNull(TestGateway.Value(await SignInAsync(TestGateway.GoodPassword, _gateway.NextCode(Carol(owner)))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Confirm_WithoutTheTicket_Conflict(string? ticket)
    {
        var step = TestGateway.Value(await ChooseAsync(TestGateway.GoodPassword));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await ConfirmAsync(ticket, _gateway.NextCode(Carol(step)))));
        Assert.Null(TestGateway.Value(await FindAsync(ticket)).TotpSecret);
    }

    /// <summary>Of two who confirm at once one enrols; the account has one authenticator.</summary>
    [Fact]
    public async Task Confirm_ManyAtOnce_OneEnrols()
    {
        var step = TestGateway.Value(await ChooseAsync(TestGateway.GoodPassword));
        var code = Carol(step).CodeAt(_gateway.Clock.GetUtcNow());
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ConfirmAsync(step.Ticket, code))));
        Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _));
        Assert.Equal(1, await _gateway.WithAsync<GatewayDbContext, int>(db => db.TotpFactors.CountAsync()));
    }

    /// <summary>Over HTTP: the second browser with the link begins anew, and the first is told so.</summary>
    [Fact]
    public async Task Page_LinkOpenInTwoBrowsers_TheLaterBeginsAnewAndTheOtherIsTold()
    {
        using var first = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        using var second = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        var path = $"/enrol/{_link}";
        var secretOfFirst = Secret(await PasswordAsync(first, path));
        var cookie = first.Cookies.GetAllCookies()["__Host-access-gateway-enrolment"]!;
        Assert.True(cookie is { Secure: true, HttpOnly: true, Path: "/" });
        Assert.Equal("Add your authenticator", (await first.GetAsync(path)).Title);

        var page = await second.GetAsync(path);
        Assert.Equal("Choose a password", page.Title);
        Assert.DoesNotContain(secretOfFirst, page.Html, StringComparison.Ordinal);
        var stale = await first.GetAsync(path);
        Assert.NotEqual(secretOfFirst, Secret(await PasswordAsync(second, path)));
        var told = await first.SubmitAsync(stale, ("code", "123456"));
        Assert.Equal("Choose a password", told.Title);
        Assert.Contains("in another browser", told.Html, StringComparison.Ordinal);
    }

    private static Task<BrowserPage> PasswordAsync(TestBrowser browser, string path) => Task.Run(async () =>
        await browser.SubmitAsync(await browser.GetAsync(path), ("password", TestGateway.GoodPassword), ("password-again", TestGateway.GoodPassword)));

    private static string Secret(BrowserPage page) => page.Html.Split("id=\"totp-secret\"")[1].Split('>')[1].Split('<')[0].Trim();

    private static TestUser Carol(EnrolmentStep step) => new(new Caller("", "carol", []), step.TotpSecret!, "");

    private Task<Outcome<EnrolmentStep>> ChooseAsync(string password) => _gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.ChoosePasswordAsync(_link, password, default));

    private Task<Outcome<EnrolmentStep>> FindAsync(string? ticket) => _gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(_link, default, ticket));

    private Task<Outcome<EnrolmentResult>> ConfirmAsync(string? ticket, string code) => _gateway.WithAsync<Enrolments, Outcome<EnrolmentResult>>(enrolments => enrolments.ConfirmAsync(_link, ticket, code, default));

    private Task<Outcome<BrowserLogin>> SignInAsync(string password, string code) =>
        _gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync("carol", password, code, "127.0.0.1", "test", default));
}
