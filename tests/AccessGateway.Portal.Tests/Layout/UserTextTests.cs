namespace AccessGateway.Portal.Tests.Layout;

using AccessGateway.Portal.Layout;
using Bunit;
using Xunit;

public sealed class UserTextTests : BunitContext
{
    [Theory]
    [InlineData("\u001b[31mred", "ESC|[31mred")]
    [InlineData("a\rb", "a|CR|b")]
    [InlineData("a\0b", "a|NUL|b")]
    [InlineData("pay \u202Eevil\u202C now", "pay |U+202E|evil|U+202C| now")]
    [InlineData("\u2066x\u2069", "U+2066|x|U+2069")]
    [InlineData("zero\u200Bwidth", "zero|U+200B|width")]
    [InlineData("line\u2028end", "line|U+2028|end")]
    [InlineData("\u0085", "U+0085")]
    [InlineData("\uFEFF", "U+FEFF")]
    [InlineData("\U000E0041", "U+E0041")]
    [InlineData("one\r\ntwo\tthree", "one\ntwo\tthree")]
    [InlineData("Grüße 日本 😀", "Grüße 日本 😀")]
    [InlineData("", "")]
    public void Pieces_Text_ShowsWhatIsHidden(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', VisibleText.Pieces(text).Select(piece => piece.Text)));

    [Fact]
    public void Pieces_LoneSurrogate_IsReplaced() => Assert.Equal("a\uFFFDb", Assert.Single(VisibleText.Pieces("a\uD800b")).Text);

    [Fact]
    public void Pieces_EveryControlAndOverride_IsEscaped()
    {
        var hidden = Enumerable.Range(0, 0x20).Except([(int)'\n', '\t']).Concat(Enumerable.Range(0x7F, 0x21)).Concat(Enumerable.Range(0x202A, 5)).Concat(Enumerable.Range(0x2066, 4));
        Assert.All(hidden, value => Assert.True(Assert.Single(VisibleText.Pieces(((char)value).ToString())).Escaped, $"U+{value:X4}"));
    }

    [Fact]
    public void Flat_Override_StandsInBrackets() => Assert.Equal("a[U+202E]b", VisibleText.Flat("a\u202Eb"));

    [Fact]
    public void Render_MarkupAndOverride_ShowsBothAsText()
    {
        var rendered = Render<UserText>(parameters => parameters.Add(text => text.Value, "</script><b>x\u202Ey"));

        Assert.Equal("</script><b>xU+202Ey", rendered.Find("bdi").TextContent);
        Assert.Equal("U+202E", rendered.Find(".escape").TextContent);
        Assert.Empty(rendered.FindAll("b, script"));
        Assert.DoesNotContain("\u202E", rendered.Markup, StringComparison.Ordinal);
    }
}
