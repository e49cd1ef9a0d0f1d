namespace AccessGateway.Kubectl.Tests.Login;

using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class LogoutCommandTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Logout_ReachableOrNot_DeletesLoginAndCredentials(bool outage)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync("credential", "--grant", PluginFixture.Grant);
        var refreshToken = StoredLogin.Read(fixture.Paths)!.RefreshToken;
        fixture.Gateway.Broken = outage;

        var result = await fixture.RunAsync("logout");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(outage, result.Error.StartsWith("warning:", StringComparison.Ordinal));
        Assert.Equal(outage ? [] : ["refresh_token:" + refreshToken], fixture.Gateway.OAuth.Revoked);
        Assert.False(File.Exists(fixture.Paths.LoginFile));
        Assert.False(File.Exists(fixture.Paths.CredentialFile(PluginFixture.Grant)));
        Assert.True(File.Exists(fixture.Paths.ConfigFile));
    }

    [Fact]
    public async Task Logout_NoLogin_IsFine()
    {
        await using var fixture = await PluginFixture.StartAsync();

        Assert.Equal((0, "There was no login.\n"), Both(await fixture.RunAsync("logout")));
    }

    private static (int, string) Both(RunResult result) => (result.ExitCode, result.Error);
}
