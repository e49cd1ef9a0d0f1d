namespace AccessGateway.Portal.Tests.Layout;

using AccessGateway.Portal.Layout;
using Bunit;
using Xunit;

public sealed class FieldTests : BunitContext
{
    [Fact]
    public void Render_WithError_LinksInputToIt()
    {
        var field = Render<Field>(parameters => parameters.Add(it => it.Id, "reason").Add(it => it.Label, "Reason").Add(it => it.Hint, "Why.").Add(it => it.Error, "Too short."));

        Assert.Equal("reason", field.Find("label").GetAttribute("for"));
        var input = field.Find("input");
        Assert.Equal("reason-error reason-hint", input.GetAttribute("aria-describedby"));
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Equal("Too short.", field.Find("#reason-error[role=alert]").TextContent);
    }

    [Fact]
    public void Render_WithoutErrorAndHint_DescribesNothing()
    {
        var input = Render<Field>(parameters => parameters.Add(it => it.Id, "reason").Add(it => it.Label, "Reason")).Find("input");

        Assert.False(input.HasAttribute("aria-describedby"));
        Assert.False(input.HasAttribute("aria-invalid"));
        Assert.True(input.HasAttribute("required"));
    }

    [Fact]
    public void Render_LinesThatBeginEmpty_KeepsThem()
    {
        var rendered = Render<Field>(parameters => parameters.Add(it => it.Id, "reason").Add(it => it.Label, "Reason").Add(it => it.Rows, 3).Add(it => it.Value, "\nsecond </textarea>"));
        // HTML drops one new line at the start of a textarea, so there are two.
        Assert.Contains(">\n\nsecond &lt;/textarea&gt;</textarea>", rendered.Markup, StringComparison.Ordinal);
    }
}
