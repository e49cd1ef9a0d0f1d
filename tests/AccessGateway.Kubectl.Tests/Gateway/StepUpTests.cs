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
            (1, "", "error: this needs a TOTP code, and nobody can be asked for it; give --totp CODE or ACCESS_GATEWAY_TOTP, or use --browser\n"),
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

    /// <summary>A passkey needs a browser: asked for, because no code counts, or chosen by typing nothing.</summary>
    [Theory]
    [InlineData("option")]
    [InlineData("methods")]
    [InlineData("typed")]
    public async Task Call_Browser_OpensThePageAndWaitsForTheProof(string source)
    {
        await using var fixture = await ActivatableAsync(skipWaits: true);
        fixture.Gateway.StepUp.Methods = source == "methods" ? ["passkey"] : ["totp", "passkey"];
        fixture.TypedCode = source == "typed" ? "" : null;
        foreach (var poll in new[] { "pending", "outage", "pending" })
            fixture.Gateway.StepUp.Polls.Enqueue(poll);
        Uri? opened = null;
        fixture.Browser = address =>
        {
            opened = address;
            return Task.CompletedTask;
        };
        string[] option = source == "option" ? ["--browser"] : [];

        var result = await fixture.RunAsync(["activate", PluginFixture.Request, .. option]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(FakeStepUp.Page, opened?.AbsoluteUri);
        Assert.Equal(
            "Prove that it is you, in a browser that is signed in as you: https://gateway.test/step-up?reference=WDJB-MJHT\n"
            + "The page must show the reference WDJB-MJHT\n",
            result.Error.Replace("TOTP code (nothing for the browser): \n", "", StringComparison.Ordinal));
        Assert.Equal(StepUpActions.Activate(PluginFixture.Request), fixture.Gateway.StepUp.Started?.Action);
        Assert.Equal(fixture.Gateway.StepUp.Methods, fixture.Gateway.StepUp.Started?.Methods);
        Assert.Equal([2, 2, 2, 2], fixture.Time.Waits.Select(wait => wait.TotalSeconds));
        Assert.DoesNotContain("proof-", result.Out + result.Error, StringComparison.Ordinal);
    }

    /// <summary>A code that is there goes first; where it cannot count it is not even sent.</summary>
    [Fact]
    public async Task Call_CodeGivenButPasskeyDemanded_BrowserAndNoCodeSent()
    {
        await using var fixture = await ActivatableAsync(skipWaits: true);
        fixture.Gateway.StepUp.Methods = ["passkey"];

        Assert.Equal(0, (await fixture.RunAsync("activate", PluginFixture.Request, "--totp", FakeStepUp.GoodCode)).ExitCode);
        Assert.DoesNotContain(fixture.Gateway.Calls, call => call.Body.Contains(FakeStepUp.GoodCode, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("denied", "error: it was denied in the browser\n")]
    [InlineData("gone", "error: nobody answered in the browser in time; run the command again\n")]
    public async Task Call_BrowserSaysNoOrNothing_FailsAndSaysSo(string last, string message)
    {
        await using var fixture = await ActivatableAsync(skipWaits: true);
        fixture.Gateway.StepUp.Polls.Enqueue("pending");
        fixture.Gateway.StepUp.Polls.Enqueue(last);

        var result = await fixture.RunAsync("activate", PluginFixture.Request, "--browser");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_BrowserNeverAnswered_GivesUp()
    {
        await using var fixture = await ActivatableAsync(skipWaits: true);
        for (var i = 0; i < 1000; i++)
            fixture.Gateway.StepUp.Polls.Enqueue("outage");

        var result = await fixture.RunAsync("activate", PluginFixture.Request, "--browser");

        Assert.EndsWith("error: nobody answered in the browser in time; run the command again\n", result.Error, StringComparison.Ordinal);
        Assert.InRange(fixture.Time.Waits.Sum(wait => wait.TotalSeconds), 120, 300);
    }

    [Theory]
    [InlineData("http://gateway.test/step-up")]
    [InlineData("file:///etc/passwd")]
    [InlineData("--help")]
    public async Task Call_AddressIsNoWebPage_NothingIsOpened(string address)
    {
        await using var fixture = await ActivatableAsync(skipWaits: true);
        fixture.Gateway.StepUp.Address = address;
        var opened = false;
        fixture.Browser = _ =>
        {
            opened = true;
            return Task.CompletedTask;
        };

        var result = await fixture.RunAsync("activate", PluginFixture.Request, "--browser");

        Assert.Equal((1, "error: the gateway gave no address to prove yourself at\n", false), (result.ExitCode, result.Error, opened));
    }

    private static async Task<PluginFixture> ActivatableAsync(bool skipWaits = false)
    {
        var fixture = await PluginFixture.SignedInAsync(skipWaits);
        fixture.Gateway.OnAfterStepUp(
            Activate, StepUpActions.Activate(PluginFixture.Request), _ => Reply.Json(new Page<GrantView>([Views.Grant(fixture.Time)], null), GatewayJson.Default.PageGrantView, 201));
        return fixture;
    }
}
