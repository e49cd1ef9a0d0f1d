namespace AccessGateway.Kubectl.Tests.Output;

using AccessGateway.Kubectl.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain text, Zürich, 東京, 🚀", "plain text, Zürich, 東京, 🚀")]
    [InlineData("\e[2Jgone", "\\u{1B}[2Jgone")]
    [InlineData("a\r\nb\tc\0", "a\\u{D}\\u{A}b\\u{9}c\\u{0}")]
    [InlineData("\u009b31m\u007f", "\\u{9B}31m\\u{7F}")]
    [InlineData("\u202eevil\u202c \u2066x\u2069 \u200b\u200f\u061c\ufeff", "\\u{202E}evil\\u{202C} \\u{2066}x\\u{2069} \\u{200B}\\u{200F}\\u{61C}\\u{FEFF}")]
    [InlineData("\u2028\u2029", "\\u{2028}\\u{2029}")]
    [InlineData(null, "")]
    public void Clean_AnyText_MovesNoCursor(string? text, string expected) => Assert.Equal(expected, TerminalText.Clean(text));

    [Fact]
    public void Clean_LoneSurrogate_BecomesTheReplacementCharacter()
    {
        Assert.DoesNotContain('\ud800', TerminalText.Clean("a\ud800\e"));
    }
}
