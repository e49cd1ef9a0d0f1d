namespace AccessGateway.Kubectl.Tests.CommandLine;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class PluginTests
{
    [Theory]
    [InlineData("bogus")]
    [InlineData("request")]
    [InlineData("request", "dev")]
    [InlineData("request", "DEV", "admin")]
    [InlineData("request", "dev", "admin", "--for", "10 minutes")]
    [InlineData("request", "dev", "admin", "--for", "0s")]
    [InlineData("request", "dev", "admin", "--namespace", "../x")]
    [InlineData("request", "dev", "admin", "--starts-at", "tomorrow")]
    [InlineData("request", "dev", "admin", "--starts-at", "2030-01-31T08:00:00")]
    [InlineData("requests", "--state", "open")]
    [InlineData("requests", "--role", "boss")]
    [InlineData("requests", "--limit", "0")]
    [InlineData("requests", "--limit", "many")]
    [InlineData("requests", "gr-0123456789abc")]
    [InlineData("approve", "ar-1/../../grants")]
    [InlineData("extend", "gr-0123456789abc")]
    [InlineData("roles", "a/b")]
    [InlineData("whoami", "-o", "xml")]
    [InlineData("whoami", "more")]
    public async Task Run_BadUsage_Ends2WithAnErrorAndAHint(params string[] args)
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunAsync(args);

        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(" --help\n", result.Error, StringComparison.Ordinal);
        Assert.Empty(fixture.Gateway.Calls);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("request", "--help")]
    [InlineData("use", "-h")]
    public async Task Run_Help_Ends0(params string[] args)
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunAsync(args);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("Usage:", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whoami")]
    [InlineData("grants")]
    [InlineData("credential", "--grant", PluginFixture.Grant)]
    public async Task Run_NeverSignedIn_SaysHowTo(params string[] args)
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunAsync(args);

        Assert.Equal(
            (1, "", "error: not signed in; run: kubectl access login --server URL\n"), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Run_FolderNotWritable_OneClearLine()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var file = Path.Combine(fixture.Home, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        fixture.Variables["XDG_CACHE_HOME"] = file;
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));

        var result = await fixture.RunAsync("credential", "--grant", PluginFixture.Grant);

        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("bug", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_Version_PrintsIt()
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunProcessAsync("version");

        Assert.Equal((0, "kubectl-access 0.1.0\n", ""), (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Process_FromLoginToLogout_WorksAsPublished()
    {
        await using var fixture = await PluginFixture.StartAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Gateway.OAuth.DeviceInterval = 1;
        fixture.Gateway.On("GET /grants", new Page<GrantView>([Views.Grant(fixture.Time)], null), GatewayJson.Default.PageGrantView);
        fixture.Gateway.OnAfterStepUp(
            $"POST /grants/{PluginFixture.Grant}/extend",
            StepUpActions.Extend(PluginFixture.Grant),
            _ => Reply.Json(Views.Grant(fixture.Time), GatewayJson.Default.GrantView));
        fixture.Variables["ACCESS_GATEWAY_TOTP"] = FakeStepUp.GoodCode;

        foreach (var (args, part) in new (string[], string)[]
        {
            (["login", "--device", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile], "as ada."),
            (["whoami", "-o", "json"], "\"name\": \"ada\""),
            (["grants", "--state", "active", "-o", "yaml"], "- id: " + PluginFixture.Grant),
            (["grants", "-o", "wide"], "BINDS"),
            (["extend", PluginFixture.Grant, "--for", "5m"], "now ends"),
            (["use", PluginFixture.Grant], "added; use it with"),
            (["credential", "--grant", PluginFixture.Grant], "LEAF-1"),
            (["__complete", "wi"], "withdraw\n:4\n"),
            (["logout"], "Signed out"),
        })
        {
            var result = await fixture.RunProcessAsync(args);
            Assert.True(
                result.ExitCode == 0 && (result.Out + result.Error).Contains(part, StringComparison.Ordinal),
                $"{string.Join(' ', args)}: {result.ExitCode}, wanted '{part}', out '{result.Out}', error '{result.Error}'");
        }
    }
}
