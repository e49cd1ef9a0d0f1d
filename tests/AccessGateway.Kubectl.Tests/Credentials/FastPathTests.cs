namespace AccessGateway.Kubectl.Tests.Credentials;

using System.Text;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class FastPathTests
{
    private static readonly string[] Command = ["credential", "--grant", PluginFixture.Grant];

    [Fact]
    public async Task TryPrint_Fresh_PrintsTheStoredBytes()
    {
        await using var fixture = await CachedAsync();
        var printed = new List<byte>();

        Assert.True(FastPath.TryPrint(Command, fixture.Variables.GetValueOrDefault, fixture.Time, bytes => printed.AddRange(bytes.Span)));

        var line = (await File.ReadAllLinesAsync(fixture.Paths.CredentialFile(PluginFixture.Grant), TestContext.Current.CancellationToken))[1];
        Assert.Equal(line, Encoding.UTF8.GetString([.. printed]));
    }

    [Fact]
    public async Task TryPrint_WithinMargin_LeavesItToTheSlowPath()
    {
        await using var fixture = await CachedAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(541));

        Assert.False(FastPath.TryPrint(Command, fixture.Variables.GetValueOrDefault, fixture.Time, _ => Assert.Fail("printed")));
    }

    [Theory]
    [InlineData("credential")]
    [InlineData("credential", "--grant", "../" + PluginFixture.Grant)]
    [InlineData("credential", "--grant", PluginFixture.Grant, "-o", "json")]
    [InlineData("grants")]
    public async Task TryPrint_OtherArguments_LeavesThemToTheSlowPath(params string[] args)
    {
        await using var fixture = await CachedAsync();

        Assert.False(FastPath.TryPrint(args, fixture.Variables.GetValueOrDefault, fixture.Time, _ => Assert.Fail("printed")));
    }

    [Fact]
    public async Task Process_Cached_PrintsItAndAsksNobody()
    {
        await using var fixture = await CachedAsync();
        var before = fixture.Gateway.Calls.Count;

        var result = await fixture.RunProcessAsync(Command);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("LEAF-1", result.Out, StringComparison.Ordinal);
        Assert.Equal(before, fixture.Gateway.Calls.Count);
    }

    private static async Task<PluginFixture> CachedAsync()
    {
        var fixture = await PluginFixture.SignedInAsync();
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        await fixture.RunAsync(Command);
        return fixture;
    }
}
