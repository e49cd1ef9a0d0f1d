namespace AccessGateway.Tests.Schedules;

using System.Net;
using AccessGateway.Schedules;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

public sealed class CalendarsTests
{
    private const string OnCall = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260105T080000Z\r\nDTEND:20260112T080000Z\r\nATTENDEE;CN=\"Doe: Jane\":mailto:Ja\r\n ne@corp.example\r\nBEGIN:VALARM\r\nATTENDEE:mailto:eve@corp.example\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    private static readonly CalendarSource Source = new(new Uri("https://calendar.example/x.ics"), "corp.example", TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));

    [Fact]
    public void Read_FoldedQuotedWithAlarm_OnlyTheEventsOwnAttendees() =>
        Assert.Equal(["jane@corp.example"], Assert.Single(CalendarEvents.Read(OnCall)).Attendees);

    [Theory]
    [InlineData("RRULE:FREQ=WEEKLY")]
    [InlineData("STATUS:CANCELLED")]
    [InlineData("DTSTART:20260105T080000Z")]
    public void Read_NotUnderstood_NobodyIsOnCall(string line) =>
        Assert.Empty(CalendarEvents.Read(OnCall.Replace("DTEND", $"{line}\r\nDTEND", StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("BEGIN:VEVENT\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART;TZID=Nowhere/Town:20260105T080000\nDTEND:20260106T080000Z\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260106\nEND:VEVENT")]
    [InlineData("END:VEVENT\n:::\nBEGIN")]
    public void Read_OddTexts_NoEvents(string text) => Assert.Empty(CalendarEvents.Read(text));

    [Fact]
    public async Task Events_SourceDown_CachedUntilTooOldThenNone()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero));
        using var wire = new Wire { Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(OnCall) } };
        using var calendars = new Calendars(wire, clock, NullLogger<Calendars>.Instance);
        Assert.Single(await calendars.EventsAsync(Source, default));
        Assert.Single(await calendars.EventsAsync(Source, default));
        Assert.Equal(1, wire.Calls);
        wire.Answer = () => throw new HttpRequestException("down");
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(await calendars.EventsAsync(Source, default));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(await calendars.EventsAsync(Source, default));
    }

    [Fact]
    public async Task Events_TooLargeOrRedirected_NoEvents()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero));
        using var wire = new Wire { Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(OnCall + new string('x', Calendars.MaxSize)) } };
        using var calendars = new Calendars(wire, clock, NullLogger<Calendars>.Instance);
        Assert.Empty(await calendars.EventsAsync(Source, default));
        clock.Advance(TimeSpan.FromMinutes(6));
        wire.Answer = () => new HttpResponseMessage(HttpStatusCode.Redirect) { Headers = { Location = new Uri("https://169.254.169.254/") } };
        Assert.Empty(await calendars.EventsAsync(Source, default));
        Assert.Equal(2, wire.Calls);
    }
}
