namespace AccessGateway.Kubectl.Tests.Clusters;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class BlastRadiusTests
{
    [Fact]
    public async Task Roles_OneWithNamespaces_SaysRiskFindingsAndRules()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/role-offers/ns-editor/blast-radius", Views.BlastRadius(fixture.Time), GatewayJson.Default.BlastRadiusView);

        var result = await fixture.RunAsync("roles", "dev", "ns-editor", "-n", "payments-api", "-n", "payments-web");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("Risk:", result.Out, StringComparison.Ordinal);
        Assert.Contains("high      Can read Secrets in the namespace payments-api\\u{1B}[2J.", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"core\s+pods\s+-\s+create", result.Out);
        Assert.Equal("?namespaces=payments-api,payments-web", fixture.Gateway.Calls.Single(call => call.Path.EndsWith("blast-radius", StringComparison.Ordinal)).Query);
    }

    [Fact]
    public async Task Roles_OneAsJson_IsTheAnswer()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /clusters/dev/role-offers/ns-editor/blast-radius", Views.BlastRadius(fixture.Time), GatewayJson.Default.BlastRadiusView);

        using var json = JsonDocument.Parse((await fixture.RunAsync("roles", "dev", "ns-editor", "-o", "json")).Out);

        Assert.Equal("high", json.RootElement.GetProperty("risk").GetString());
    }

    [Fact]
    public async Task Requests_Explain_AsksForTheRequestsOwn()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On($"GET /access-requests/{PluginFixture.Request}/blast-radius", new Page<BlastRadiusView>([Views.BlastRadius(fixture.Time, RiskLevel.Medium), Views.BlastRadius(fixture.Time) with { Cluster = "prod" }], null), GatewayJson.Default.PageBlastRadiusView);

        var result = await fixture.RunAsync("requests", PluginFixture.Request, "--explain");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"At submission:\s+medium", result.Out);
        Assert.Matches(@"Cluster:\s+dev\n[\s\S]+Cluster:\s+prod\n", result.Out);
    }

    [Theory]
    [InlineData("requests", "--explain")]
    [InlineData("roles", "dev", "../x")]
    [InlineData("roles", "dev", "admin", "-n", "a,b")]
    public async Task Explain_BadUsage_IsRefusedBeforeAnyCall(params string[] arguments)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        Assert.Equal(2, (await fixture.RunAsync(arguments)).ExitCode);
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Path.StartsWith("/api/", StringComparison.Ordinal));
    }
}
