namespace AccessGateway.Tests.SignIn.Providers;

using AccessGateway.Testing;
using Xunit;

/// <summary>The whole way through a real provider, over real HTTP.</summary>
public sealed class ProviderSignInTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_FirstTime_AccountWithoutPasswordThatEnrolsAFactorFirst(DatabaseKind kind)
    {
        await using var setup = await ProviderSetup.StartAsync(kind);
        setup.Provider.Add("s-1", "Ann.Lee", "/Platform", "/Elsewhere", "/platform");
        using var browser = setup.Browser();

        var page = await browser.SignInAsync("/reviews");
        Assert.Equal("Add your authenticator", page.Title);
        Assert.Null((await setup.UserAsync("ann.lee"))!.PasswordHash);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        var ann = await setup.EnrolAsync(browser, page);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);

        page = await browser.SignInAsync("/reviews");
        Assert.Equal("One more step", page.Title);
        Assert.NotEqual(200, (await browser.GetAsync("/")).Status);
        page = await setup.SecondStepAsync(browser, page, ann);
        Assert.Equal("/reviews", page.Address.AbsolutePath);
        Assert.Equal(200, page.Status);

        var row = (await setup.UserAsync("ann.lee"))!;
        Assert.Equal(["platform"], row.ProviderGroups);
        Assert.Empty(row.Groups);
        var audit = await setup.Gateway.AuditAsync();
        Assert.Contains(audit, e => e.Type == "user.added" && e.Actor == "provider:corp" && e.Details["subject"] == "s-1");
        Assert.Contains(audit, e => e.Type == "user.groups_changed" && e.Actor == "provider:corp" && e.Details["added"] == "platform");
        Assert.Contains(audit, e => e.Type == "sign_in.succeeded" && e.Actor == "ann.lee" && e.Details["provider"] == "corp");
    }
}
