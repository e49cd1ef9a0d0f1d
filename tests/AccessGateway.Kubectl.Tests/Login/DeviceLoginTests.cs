namespace AccessGateway.Kubectl.Tests.Login;

using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class DeviceLoginTests
{
    [Fact]
    public async Task Login_PendingAndTooFast_SlowsDownAsAsked()
    {
        await using var fixture = await PluginFixture.StartAsync(skipWaits: true);
        Answer(fixture, "authorization_pending", "slow_down", "authorization_pending", "slow_down", "authorization_pending");

        var result = await LoginAsync(fixture);

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Open https://gateway.test/device and enter the code ABCD-EFGH\n", result.Error, StringComparison.Ordinal);
        Assert.Equal([5, 5, 10, 10, 15, 15], fixture.Time.Waits.Select(wait => wait.TotalSeconds));
        Assert.NotNull(StoredLogin.Read(fixture.Paths));
        Assert.Equal("ada-laptop", Assert.Single(fixture.Gateway.OAuth.DeviceNames));
    }

    [Fact]
    public async Task Login_NoInterval_WaitsFiveSeconds()
    {
        await using var fixture = await PluginFixture.StartAsync(skipWaits: true);
        fixture.Gateway.OAuth.DeviceInterval = null;

        await LoginAsync(fixture);

        Assert.Equal([5], fixture.Time.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task Login_Outage_ComesBackMoreSlowly()
    {
        await using var fixture = await PluginFixture.StartAsync(skipWaits: true);
        Answer(fixture, "outage", "outage");

        var result = await LoginAsync(fixture);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal([5, 10, 20], fixture.Time.Waits.Select(wait => wait.TotalSeconds));
    }

    [Theory]
    [InlineData("access_denied", "error: the login was denied\n")]
    [InlineData("expired_token", "error: the code has expired; run the login again\n")]
    [InlineData("invalid_grant", "error: the gateway refused the login (invalid_grant)\n")]
    public async Task Login_Refused_SaysSo(string refusal, string message)
    {
        await using var fixture = await PluginFixture.StartAsync(skipWaits: true);
        Answer(fixture, "authorization_pending", refusal);

        var result = await LoginAsync(fixture);

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(message, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(fixture.Paths.LoginFile));
    }

    [Fact]
    public async Task Login_NobodyEver_EndsWithTheCode()
    {
        await using var fixture = await PluginFixture.StartAsync(skipWaits: true);
        Answer(fixture, [.. Enumerable.Repeat("authorization_pending", 1000)]);

        var result = await LoginAsync(fixture);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(120, fixture.Time.Waits.Count); // 600 s of life, 5 s between two polls.
    }

    private static void Answer(PluginFixture fixture, params string[] errors)
    {
        foreach (var error in errors)
            fixture.Gateway.OAuth.DeviceErrors.Enqueue(error);
    }

    private static Task<RunResult> LoginAsync(PluginFixture fixture) => fixture.RunAsync(
        "login", "--device", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile);
}
