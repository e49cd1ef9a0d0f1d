namespace AccessGateway.Kubectl.Tests.Grants;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

/// <summary>Whoever ends a grant is told what does not end with it.</summary>
public sealed class OpenStreamsTests
{
    [Fact]
    public async Task End_StreamsOpen_NamedWithSinceWhen()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Answer(fixture, [Exec(fixture), Exec(fixture) with { Subresource = "portforward", EndedAt = fixture.Time.GetUtcNow() }]);
        var result = await fixture.RunAsync("end", PluginFixture.Grant);
        Assert.Equal((0, $"Grant {PluginFixture.Grant} has ended\n"), (result.ExitCode, result.Out));
        Assert.Contains("warning: Kubernetes lets open exec, port-forward and watch streams go on after access has ended", result.Error, StringComparison.Ordinal);
        Assert.Contains("  exec into pods shop/web-1\\u{1B}[2J since ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("port-forward to", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "this cluster does not tell the gateway which were open")]
    public async Task End_NoneOrUnknown_SaysNothingOrThatItIsUnknown(bool known, string said)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Answer(fixture, known ? [] : null);
        var result = await fixture.RunAsync("end", PluginFixture.Grant);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(said.Length == 0, !result.Error.Contains("Kubernetes", StringComparison.Ordinal));
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grants_One_StreamsAndLatestCalls()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var view = Views.Grant(fixture.Time) with { OpenStreams = [Exec(fixture)] };
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}", view, GatewayJson.Default.GrantView);
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}/calls", new Page<KubeCallView>([], null), GatewayJson.Default.PageKubeCallView);
        var plain = await fixture.RunAsync("grants", PluginFixture.Grant);
        Assert.Equal(0, plain.ExitCode);
        Assert.Matches(@"Open streams: +exec into pods shop/web-1", plain.Out);

        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}/calls", new Page<KubeCallView>([Exec(fixture) with { Subresource = null, Verb = "delete", Code = 200 }], null), GatewayJson.Default.PageKubeCallView);
        Assert.Matches(@"delete pods shop/web-1\S+ +\S+ ago +200 +192\.0\.2\.7", (await fixture.RunAsync("grants", PluginFixture.Grant)).Out);
    }

    private static KubeCallView Exec(PluginFixture fixture) => new("a", fixture.Time.GetUtcNow() - TimeSpan.FromMinutes(4), "ada", "create", "pods", true, null, null)
    {
        Subresource = "exec",
        Namespace = "shop",
        Name = "web-1\e[2J",
        SourceIp = "192.0.2.7",
    };

    private static void Answer(PluginFixture fixture, IReadOnlyList<KubeCallView>? streams) => fixture.Gateway.On(
        $"POST /grants/{PluginFixture.Grant}/relinquish", Views.Grant(fixture.Time, GrantState.Relinquished) with { OpenStreams = streams }, GatewayJson.Default.GrantView);
}
