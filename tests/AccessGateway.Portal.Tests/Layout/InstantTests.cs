namespace AccessGateway.Portal.Tests.Layout;

using AccessGateway.Portal.Layout;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

public sealed class InstantTests : BunitContext
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(-4, "just now")]
    [InlineData(-5, "5s ago")]
    [InlineData(1, "in 1s")]
    [InlineData(59, "in 59s")]
    [InlineData(60, "in 1m")]
    [InlineData(61, "in 1m")]
    [InlineData(3_665, "in 1h1m")]
    [InlineData(86_399, "in 23h59m")]
    [InlineData(-90_000, "1d1h ago")]
    public void Relative_SecondsAway_SaysSo(int seconds, string expected) => Assert.Equal(expected, Instants.Relative(Now.AddSeconds(seconds), Now));

    [Fact]
    public void Render_OtherOffset_IsShownInUtc()
    {
        Services.AddSingleton<TimeProvider>(new FakeTimeProvider(Now));

        var time = Render<Instant>(parameters => parameters.Add(instant => instant.At, new DateTimeOffset(2026, 3, 1, 14, 30, 0, TimeSpan.FromHours(2)))).Find("time");

        Assert.Equal("2026-03-01T12:30:00Z", time.GetAttribute("datetime"));
        Assert.Equal("2026-03-01 12:30:00 UTC (in 30m)", time.TextContent);
    }
}
