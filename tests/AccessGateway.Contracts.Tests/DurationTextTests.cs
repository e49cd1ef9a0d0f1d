namespace AccessGateway.Contracts.Tests;

using CsCheck;
using Xunit;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("8h", 28800)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172800)]
    [InlineData("1d1h1m1s", 90061)]
    [InlineData("0h5m", 300)]
    [InlineData("366d", 31622400)]
    public void TryParse_WellFormed_Read(string text, int seconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("0s")]
    [InlineData("-5m")]
    [InlineData("+5m")]
    [InlineData(" 5m")]
    [InlineData("5m ")]
    [InlineData("5 m")]
    [InlineData("1.5h")]
    [InlineData("1,5h")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("5M")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("1h5")]
    [InlineData("٥m")]
    [InlineData("５m")]
    [InlineData("5w")]
    [InlineData("PT5M")]
    [InlineData("00:05:00")]
    [InlineData("367d")]
    [InlineData("99999999d99999999h")]
    [InlineData("99999999999999999s")]
    [InlineData("5m\0")]
    public void TryParse_Malformed_Refused(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Format_ThenParse_GivesTheSame() => Gen.Int[1, (int)DurationText.Longest.TotalSeconds].Sample(seconds =>
    {
        var text = DurationText.Format(TimeSpan.FromSeconds(seconds));
        Assert.True(DurationText.TryParse(text, out var read), text);
        Assert.Equal(seconds, read.TotalSeconds);
    });

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndStaysInRange() => Gen.String[Gen.Char["0123456789dhms. -٥"], 0, 24].Sample(text =>
    {
        if (DurationText.TryParse(text, out var read))
            Assert.InRange(read, TimeSpan.FromSeconds(1), DurationText.Longest);
    });

    [Fact]
    public void Format_NothingOrLess_ZeroSeconds()
    {
        Assert.Equal("0s", DurationText.Format(TimeSpan.Zero));
        Assert.Equal("0s", DurationText.Format(TimeSpan.FromSeconds(-1)));
        Assert.Equal("1m", DurationText.Format(TimeSpan.FromSeconds(60.9)));
    }
}
