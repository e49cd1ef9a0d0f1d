namespace AccessGateway.Kubectl.Tests.Credentials;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

/// <summary>A grant has one key, and moves to another computer only where a person says so.</summary>
public sealed class GrantKeyTests
{
    private static readonly string[] Command = ["credential", "--grant", PluginFixture.Grant];

    /// <summary>kubectl waits and nobody can be asked: whatever code lies around, a grant moves only where a person says so.</summary>
    [Fact]
    public async Task Credential_UsedFromAnotherComputer_SaysWhatToDoAndProvesNothing()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        ServeOtherKeys(fixture);
        fixture.Variables["ACCESS_GATEWAY_TOTP"] = FakeStepUp.GoodCode;

        var result = await fixture.RunAsync(Command);

        Assert.Equal(
            (1, "", $"error: grant {PluginFixture.Grant} is used from another computer; to use it from here, and no longer from there, run: kubectl access use {PluginFixture.Grant}\n"),
            (result.ExitCode, result.Out, result.Error));
        Assert.Equal(0, fixture.Gateway.Count("POST", "/api/v1/step-up"));
    }

    [Theory]
    [InlineData("credential", "--grant", PluginFixture.Grant, "--replace-key")]
    [InlineData("use", PluginFixture.Grant)]
    public async Task ReplaceKey_UsedFromAnotherComputer_MovesWithAStepUpAndStays(params string[] command)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Variables["PATH"] = Environment.GetEnvironmentVariable("PATH");
        fixture.Variables["KUBECONFIG"] = Path.Combine(fixture.Home, "config");
        ServeOtherKeys(fixture);
        await fixture.RunAsync(Command);
        fixture.TypedCode = FakeStepUp.GoodCode;

        var moved = await fixture.RunAsync(command);

        Assert.Equal(0, moved.ExitCode);
        Assert.Contains($"Grant {PluginFixture.Grant} was used from another computer. Prove that it is you, and it moves here.\n", moved.Error, StringComparison.Ordinal);
        Assert.Contains("LEAF-1", (await fixture.RunAsync(Command)).Out, StringComparison.Ordinal);
    }

    /// <summary>A gateway that knows another key for the grant, until a step-up brings a new one.</summary>
    private static void ServeOtherKeys(PluginFixture fixture)
    {
        Views.ServeGrant(fixture, TimeSpan.FromMinutes(10));
        fixture.Gateway.OnAfterStepUp(
            $"POST /grants/{PluginFixture.Grant}/credential",
            StepUpActions.ReplaceKey(PluginFixture.Grant),
            _ => Reply.Json(
                new CredentialResponse("LEAF-1", fixture.Time.GetUtcNow().AddMinutes(10), "https://127.0.0.1:6443", fixture.Ca.Pem), GatewayJson.Default.CredentialResponse));
    }
}
