namespace AccessGateway.Tests.Policy;

using AccessGateway.Policy;
using Xunit;

/// <summary>Hours are those of the wall clock, on the two days of the year too on which it jumps.</summary>
public sealed class HoursTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly DayOfWeek[] Weekend = [DayOfWeek.Saturday, DayOfWeek.Sunday];

    /// <summary>29 March 2026: 02:00 becomes 03:00, at 01:00 UTC. 25 October 2026: 03:00 becomes 02:00, at 01:00 UTC.</summary>
    [Theory]
    [InlineData("01:00", "03:00", "2026-03-29T00:00:00Z", true)] // 01:00
    [InlineData("01:00", "03:00", "2026-03-29T00:59:59Z", true)] // 01:59:59, and the next second is 03:00
    [InlineData("01:00", "03:00", "2026-03-29T01:00:00Z", false)]
    [InlineData("02:15", "02:45", "2026-03-29T00:59:59Z", false)] // hours that this day does not have
    [InlineData("02:15", "02:45", "2026-03-29T01:00:00Z", false)]
    [InlineData("02:15", "02:45", "2026-03-28T01:30:00Z", true)] // the day before has them
    [InlineData("08:00", "18:00", "2026-03-28T07:00:00Z", true)] // winter: 08:00
    [InlineData("08:00", "18:00", "2026-03-29T06:00:00Z", true)] // summer: 08:00 comes an hour earlier
    [InlineData("08:00", "18:00", "2026-03-29T05:59:59Z", false)]
    [InlineData("08:00", "18:00", "2026-03-29T16:00:00Z", false)]
    [InlineData("02:15", "02:45", "2026-10-25T00:30:00Z", true)] // 02:30 for the first time
    [InlineData("02:15", "02:45", "2026-10-25T01:30:00Z", true)] // 02:30 for the second time
    [InlineData("02:15", "02:45", "2026-10-25T01:00:00Z", false)] // 02:00 again, in between
    [InlineData("08:00", "18:00", "2026-10-25T07:00:00Z", true)]
    [InlineData("08:00", "18:00", "2026-10-25T06:59:59Z", false)]
    [InlineData("22:00", "03:00", "2026-10-24T20:00:00Z", true)] // over midnight into the longer night
    [InlineData("22:00", "03:00", "2026-10-25T01:59:59Z", true)]
    [InlineData("22:00", "03:00", "2026-10-25T02:00:00Z", false)]
    public void Contains_AroundTheChangesOfClocks_ByTheWallClock(string from, string to, string at, bool expected) =>
        Assert.Equal(expected, new Hours(Weekend, TimeOnly.Parse(from, null), TimeOnly.Parse(to, null), Berlin).Contains(DateTimeOffset.Parse(at, null)));

    /// <summary>The night belongs to the day on which it began.</summary>
    [Theory]
    [InlineData("2026-03-06T23:00:00Z", true)]
    [InlineData("2026-03-07T05:00:00Z", true)]
    [InlineData("2026-03-07T06:00:00Z", false)]
    [InlineData("2026-03-07T23:00:00Z", false)]
    public void Contains_OverMidnight_CountsToTheFirstDay(string at, bool expected) =>
        Assert.Equal(expected, new Hours([DayOfWeek.Friday], new TimeOnly(22, 0), new TimeOnly(6, 0), TimeZoneInfo.Utc).Contains(DateTimeOffset.Parse(at, null)));

    [Fact]
    public void Contains_FromEqualToTo_WholeDays()
    {
        var hours = new Hours([DayOfWeek.Friday], new TimeOnly(8, 0), new TimeOnly(8, 0), TimeZoneInfo.Utc);
        Assert.True(hours.Contains(new DateTimeOffset(2026, 3, 6, 8, 0, 0, TimeSpan.Zero)));
        Assert.True(hours.Contains(new DateTimeOffset(2026, 3, 7, 7, 59, 59, TimeSpan.Zero)));
        Assert.False(hours.Contains(new DateTimeOffset(2026, 3, 7, 8, 0, 0, TimeSpan.Zero)));
    }
}
