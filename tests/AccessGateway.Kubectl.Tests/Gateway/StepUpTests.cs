namespace AccessGateway.Kubectl.Tests.Gateway;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class StepUpTests
{
    private const string Activate = $"POST /access-requests/{PluginFixture.Request}/activate";

    [Theory]
    [InlineData("option")]
    [InlineData("variable")]
    [InlineData("typed")]
    public async Task Call_StepUpRequired_ProvesItAndRepeatsTheCall(string source)
    {
        await using var fixture = await ActivatableAsync();
        fixture.Variables["ACCESS_GATEWAY_TOTP"] = source == "variable" ? FakeStepUp.GoodCode : null;
        fixture.TypedCode = source == "typed" ? FakeStepUp.GoodCode : null;
        string[] option = source == "option" ? ["--totp", FakeStepUp.GoodCode] : [];

        var result = await fixture.RunAsync(["activate", PluginFixture.Request, .. option]);

        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain(FakeStepUp.GoodCode, result.Out + result.Error, StringComparison.Ordinal);
        var calls = fixture.Gateway.Calls.Where(call => call.Method == "POST" && call.Path.StartsWith("/api", StringComparison.Ordinal)).ToList();
        Assert.Equal(["activate", "step-up", "activate"], calls.Select(call => call.Path.Split('/')[^1]));
        Assert.Equal(
            $"activate:{PluginFixture.Request}", JsonSerializer.Deserialize(calls[1].Body, GatewayJson.Default.StepUpRequest)!.Action);
        Assert.NotEqual(calls[0].Headers["Idempotency-Key"], calls[2].Headers["Idempotency-Key"]);
        Assert.Matches("^[0-9a-f]{32}$", calls[0].Headers["Idempotency-Key"]);
        Assert.Equal("kubectl-access/0.1.0", calls[0].Headers["User-Agent"]);
    }

    [Fact]
    public async Task Call_NobodyToAsk_SaysHowToGiveACode()
    {
        await using var fixture = await ActivatableAsync();

        var result = await fixture.RunAsync("activate", PluginFixture.Request);

        Assert.Equal(
            (1, "", "error: this needs a TOTP code, and nobody can be asked for it; give --totp CODE or ACCESS_GATEWAY_TOTP\n"),
            (result.ExitCode, result.Out, result.Error));
    }

    [Theory]
    [InlineData("000000", "The code is wrong")]
    [InlineData("12345", "a TOTP code is six digits")]
    [InlineData("１２３４５６", "a TOTP code is six digits")]
    public async Task Call_CodeBad_FailsWithoutShowingIt(string code, string message)
    {
        await using var fixture = await ActivatableAsync();

        var result = await fixture.RunAsync("activate", PluginFixture.Request, "--totp", code);

        Assert.Equal((1, "", $"error: {message}\n"), (result.ExitCode, result.Out, result.Error));
    }

    private static async Task<PluginFixture> ActivatableAsync()
    {
        var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.OnAfterStepUp(
            Activate, StepUpActions.Activate(PluginFixture.Request), _ => Reply.Json(Views.Grant(fixture.Time), GatewayJson.Default.GrantView, 201));
        return fixture;
    }
}
