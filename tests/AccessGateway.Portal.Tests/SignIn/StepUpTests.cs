namespace AccessGateway.Portal.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Portal.SignIn;
using AccessGateway.SignIn;
using Bunit;
using Xunit;

public sealed class StepUpTests : BunitContext
{
    private static readonly StepUpQuestion Question = new("review:ar-1", StepUpMethods.Factors, HasTotp: true, HasPasskey: false, Served: false);

    [Fact]
    public void Render_Authenticator_AsksForAOneTimeCodeAndNamesNoScript()
    {
        var rendered = RenderStepUp(Question);
        var input = rendered.Find("fieldset input#code");
        Assert.Equal(("code", "one-time-code", "numeric"), (input.GetAttribute("name"), input.GetAttribute("autocomplete"), input.GetAttribute("inputmode")));
        Assert.Empty(rendered.FindAll("script, [data-passkey-ask], [data-passkey-button]"));
    }

    [Fact]
    public void Render_PasskeyToo_ButtonWaitsForTheScript()
    {
        var rendered = RenderStepUp(Question with { HasPasskey = true });
        Assert.NotNull(rendered.Find("input#code"));
        Assert.True(rendered.Find("[data-passkey-button]").HasAttribute("hidden"));
        Assert.Equal((PasskeyEndpoints.StepUpPath, "review:ar-1"), (rendered.Find("fieldset").GetAttribute("data-passkey-ask"), rendered.Find("fieldset").GetAttribute("data-passkey-action")));
        var script = rendered.Find("script");
        Assert.Equal(("module", ""), (script.GetAttribute("type"), script.TextContent));
        Assert.StartsWith("/_content/AccessGateway.Portal/passkeys", script.GetAttribute("src"), StringComparison.Ordinal);
    }

    /// <summary>What the policy does not accept is not offered.</summary>
    [Theory]
    [InlineData(true, "Codes do not count here")]
    [InlineData(false, "Add one")]
    public void Render_PolicyDemandsPasskey_NoCodeField(bool hasPasskey, string says)
    {
        var rendered = RenderStepUp(Question with { Methods = [StepUpMethods.Passkey], HasPasskey = hasPasskey }, "Not accepted.");
        Assert.Empty(rendered.FindAll("input#code"));
        Assert.Contains(says, rendered.Markup, StringComparison.Ordinal);
        Assert.Equal("Not accepted.", rendered.Find("[role=alert]").TextContent);
    }

    [Fact]
    public void Render_Served_AsksNothing()
    {
        var rendered = RenderStepUp(Question with { HasPasskey = true, Served = true });
        Assert.Empty(rendered.FindAll("input, fieldset, script"));
        Assert.Contains("You proved a moment ago", rendered.Markup, StringComparison.Ordinal);
    }

    /// <summary>Who has lost every factor but the recovery codes can still add one.</summary>
    [Fact]
    public void Render_RecoveryCodeAccepted_FieldTakesLetters()
    {
        var input = RenderStepUp(Question with { Methods = StepUpRequirement.AddFactor.Methods, HasTotp = false }).Find("input#code");
        Assert.False(input.HasAttribute("inputmode"));
        Assert.False(input.HasAttribute("pattern"));
    }

    private IRenderedComponent<StepUp> RenderStepUp(StepUpQuestion question, string? error = null) =>
        Render<StepUp>(parameters => parameters.Add(it => it.Ask, question).Add(it => it.Error, error));
}
