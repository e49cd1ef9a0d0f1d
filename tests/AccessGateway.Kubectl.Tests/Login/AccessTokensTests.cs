namespace AccessGateway.Kubectl.Tests.Login;

using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class AccessTokensTests
{
    [Fact]
    public async Task Call_LoginFresh_DoesNotRenewIt()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Time.Advance(fixture.Gateway.OAuth.Lifetime - TimeSpan.FromSeconds(30));

        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(0, fixture.Gateway.OAuth.Refreshes);
    }

    [Fact]
    public async Task Call_UnderThirtySecondsLeft_RenewsAndStoresIt()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var before = StoredLogin.Read(fixture.Paths)!;
        fixture.Time.Advance(fixture.Gateway.OAuth.Lifetime - TimeSpan.FromSeconds(29));

        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);

        Assert.Equal(1, fixture.Gateway.OAuth.Refreshes);
        var after = StoredLogin.Read(fixture.Paths)!;
        Assert.NotEqual(before.RefreshToken, after.RefreshToken);
        Assert.NotEqual(before.AccessToken, after.AccessToken);
    }

    [Fact]
    public async Task Call_ManyAtOnceWithAnOldLogin_OneRedemption()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.Slowness = TimeSpan.FromMilliseconds(50);
        fixture.Time.Advance(TimeSpan.FromHours(1));

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => fixture.RunAsync("whoami"))));

        Assert.All(results, result => Assert.Equal(0, result.ExitCode));
        Assert.Equal((1, 0), (fixture.Gateway.OAuth.Refreshes, fixture.Gateway.OAuth.Reuses));
    }

    [Fact]
    public async Task Call_ManyProcessesWithAnOldLogin_OneRedemption()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.Slowness = TimeSpan.FromMilliseconds(200);
        var login = StoredLogin.Read(fixture.Paths)!;
        (login with { ExpiresAt = fixture.Time.GetUtcNow() }).Write(fixture.Paths);

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => fixture.RunProcessAsync("whoami", "-o", "name")));

        Assert.All(results, result => Assert.Equal((0, "user/ada\n", ""), (result.ExitCode, result.Out, result.Error)));
        Assert.Equal((1, 0), (fixture.Gateway.OAuth.Refreshes, fixture.Gateway.OAuth.Reuses));
    }

    [Fact]
    public async Task Call_AccessTokenRefused_RenewsItOnce()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.OAuth.ForgetAccessTokens();

        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(1, fixture.Gateway.OAuth.Refreshes);
    }

    [Fact]
    public async Task Call_LoginEnded_DeletesItAndSaysSo()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.OAuth.EndLogin();
        fixture.Time.Advance(TimeSpan.FromHours(1));

        var result = await fixture.RunAsync("whoami");

        Assert.Equal((1, "", "error: Not signed in any more; run: kubectl access login\n"), (result.ExitCode, result.Out, result.Error));
        Assert.False(File.Exists(fixture.Paths.LoginFile));
    }

    [Fact]
    public async Task Call_RenewalFailsInAnOutage_KeepsTheLogin()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.Broken = true;
        fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(1, (await fixture.RunAsync("whoami")).ExitCode);

        fixture.Gateway.Broken = false;
        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
    }

    [Fact]
    public async Task Call_LoginOfAnotherServer_IsNotSent()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var login = StoredLogin.Read(fixture.Paths)!;
        (login with { Server = "https://other.test" }).Write(fixture.Paths);

        var result = await fixture.RunAsync("whoami");

        Assert.Equal((1, "error: not signed in; run: kubectl access login\n"), (result.ExitCode, result.Error));
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Path == "/api/v1/me");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null, really")]
    public async Task Call_LoginDamaged_SaysSo(string content)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        await File.WriteAllTextAsync(fixture.Paths.LoginFile, content, TestContext.Current.CancellationToken);

        var result = await fixture.RunAsync("whoami");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"error: {fixture.Paths.LoginFile} is damaged", result.Error, StringComparison.Ordinal);
    }
}
