namespace AccessGateway.Tests.Schedules;

using System.Diagnostics;
using System.Globalization;
using AccessGateway.Schedules;
using Xunit;

public sealed class CalendarEventsTests
{
    private const string Series = "UID:a\nDTSTART;TZID=Europe/Berlin:20260105T090000\nDTEND;TZID=Europe/Berlin:20260105T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO\nATTENDEE:mailto:jane@corp.example";

    private const string OnCall = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260105T080000Z\r\nDTEND:20260112T080000Z\r\nATTENDEE;CN=\"Doe: Jane\":mailto:Ja\r\n ne@corp.example\r\nBEGIN:VALARM\r\nATTENDEE:mailto:eve@corp.example\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    [Fact]
    public void Read_FoldedQuotedWithAlarm_OnlyTheEventsOwnAttendees() =>
        Assert.Equal(["jane@corp.example"], Assert.Single(Read(OnCall, "2026-01-01").Turns).Attendees);

    [Theory]
    [InlineData("ATTENDEE;PARTSTAT=DECLINED:mailto:jane@corp.example", "")]
    [InlineData("ATTENDEE;CN=\"a;PARTSTAT=DECLINED;b\";PARTSTAT=ACCEPTED:mailto:jane@corp.example", "jane@corp.example")]
    [InlineData("ATTENDEE:Jane@corp.example", "jane@corp.example")]
    [InlineData("ATTENDEE:https://corp.example/jane@corp.example", "")]
    public void Read_Attendees_WhoHaveNotDeclined(string line, string expected) =>
        Assert.Equal(expected, string.Join(",", Assert.Single(Read(Event("DTSTART:20260105T080000Z", "DTEND:20260106T080000Z", line), "2026-01-01").Turns).Attendees));

    /// <summary>Summer time begins on 29 March and ends on 25 October 2026: turns keep their hours on the wall clock.</summary>
    [Theory]
    [InlineData("2026-03-20", "2026-03-23T08:00Z/2026-03-23T16:00Z 2026-03-30T07:00Z/2026-03-30T15:00Z")]
    [InlineData("2026-10-18", "2026-10-19T07:00Z/2026-10-19T15:00Z 2026-10-26T08:00Z/2026-10-26T16:00Z")]
    public void Read_WeeklyAcrossSummerTime_SameHours(string from, string expected) => Assert.Equal(expected, Turns(Read(Event(Series), from)));

    /// <summary>RFC 5545, 3.8.5.3: by DTEND every turn has the same exact length, by DURATION the one on the wall clock.</summary>
    [Theory]
    [InlineData("DTEND;TZID=Europe/Berlin:20260112T090000", "2026-10-19T07:00Z/2026-10-26T07:00Z 2026-10-26T08:00Z/2026-11-02T08:00Z")]
    [InlineData("DURATION:P7D", "2026-10-19T07:00Z/2026-10-26T08:00Z 2026-10-26T08:00Z/2026-11-02T08:00Z")]
    public void Read_WholeWeeksAcrossSummerTime_ByEndOrByDuration(string length, string expected) =>
        Assert.Equal(expected, Turns(Read(Event("DTSTART;TZID=Europe/Berlin:20260105T090000", length, "RRULE:FREQ=WEEKLY", "ATTENDEE:mailto:jane@corp.example"), "2026-10-20", 10)));

    /// <summary>Two turns of twelve hours a day leave no minute without, on the days of 23 and of 25 hours too.</summary>
    [Theory]
    [InlineData("2026-03-28")]
    [InlineData("2026-10-24")]
    public void Read_DayAndNightAcrossSummerTime_NoGapAtTheHandover(string from)
    {
        var day = Event("UID:day", "DTSTART;TZID=Europe/Berlin:20260105T080000", "DURATION:PT12H", "RRULE:FREQ=DAILY", "ATTENDEE:mailto:jane@corp.example");
        var turns = Read(day, from).Turns;
        Assert.All(turns, turn => Assert.Equal(8, TimeZoneInfo.ConvertTime(turn.Start, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).Hour));
        Assert.InRange(turns.Count, 14, 16);
    }

    /// <summary>RFC 5545, 3.3.5: an hour that does not exist is read with the offset before it, one that comes twice is the first.</summary>
    [Theory]
    [InlineData("20260329T023000", "2026-03-29T01:30Z")]
    [InlineData("20261025T023000", "2026-10-25T00:30Z")]
    public void Read_HourThatIsMissingOrTwice_AsTheStandardSays(string local, string start) =>
        Assert.StartsWith(start, Turns(Read(Event($"DTSTART;TZID=Europe/Berlin:{local}", "DURATION:PT4H", "ATTENDEE:mailto:jane@corp.example"), $"{local[..4]}-{local[4..6]}-01", 60)), StringComparison.Ordinal);

    [Fact]
    public void Read_ExceptionDate_NoTurn() =>
        Assert.Equal("2026-01-12T08:00Z/2026-01-12T16:00Z", Turns(Read(Event(Series, "EXDATE;TZID=Europe/Berlin:20260105T090000"), "2026-01-01", 14)));

    [Fact]
    public void Read_TurnSwapped_TheOtherIsOnCall()
    {
        var swap = Event("UID:a", "RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000", "DTSTART;TZID=Europe/Berlin:20260112T100000", "DTEND;TZID=Europe/Berlin:20260112T170000", "ATTENDEE:mailto:bob@corp.example");
        var turns = Read(swap + Event(Series), "2026-01-01", 20).Turns.OrderBy(turn => turn.Start).ToList();
        Assert.Equal(["jane@corp.example", "bob@corp.example", "jane@corp.example"], turns.SelectMany(turn => turn.Attendees));
        Assert.Equal(9, turns[1].Start.Hour);
    }

    /// <summary>The newest of what replaces one turn counts; one that is cancelled leaves nobody; what is not understood takes its series along.</summary>
    [Theory]
    [InlineData("SEQUENCE:2", "jane bob jane")]
    [InlineData("STATUS:CANCELLED", "jane jane")]
    [InlineData("DTSTART;TZID=Nowhere/ESTown:20260112T090000", "")]
    [InlineData("RRULE:FREQ=SECONDLY", "")]
    [InlineData("EXRULE:FREQ=DAILY", "")]
    [InlineData("X-OTHER:1", "jane eve jane")]
    public void Read_TurnReplacedTwice_NewestOrNobody(string line, string expected)
    {
        const string at = "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20260112T090000\nDURATION:PT1H\nATTENDEE:mailto:";
        var first = Event($"{at}bob@corp.example", line.StartsWith("DTSTART", StringComparison.Ordinal) ? "" : "DTSTART:20260112T080000Z", line);
        var second = Event($"{at}eve@corp.example", "DTSTART:20260112T080000Z", "SEQUENCE:1");
        // Of equals the one that stands last.
        var text = Event(Series) + (line.StartsWith("STATUS", StringComparison.Ordinal) ? first : first + second);
        Assert.Equal(expected, string.Join(" ", Read(text, "2026-01-01", 20).Turns.OrderBy(turn => turn.Start).SelectMany(turn => turn.Attendees).Select(address => address.Split('@')[0])));
    }

    [Fact]
    public void Read_ThisAndAllLaterMoved_NobodyFromThen()
    {
        var moved = Event("UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260112T090000", "DTSTART;TZID=Europe/Berlin:20260112T090000", "DURATION:PT1H", "ATTENDEE:mailto:bob@corp.example");
        Assert.Equal("2026-01-05T08:00Z/2026-01-05T16:00Z 2026-01-12T08:00Z/2026-01-12T09:00Z", Turns(Read(Event(Series) + moved, "2026-01-01", 40)));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("Europe/Berlin", "2026-01-04T23:00Z/2026-01-05T23:00Z")]
    [InlineData("America/New_York", "2026-01-05T05:00Z/2026-01-06T05:00Z")]
    public void Read_WholeDay_InTheZoneThatIsSaid(string? zone, string expected)
    {
        var day = Event("DTSTART;VALUE=DATE:20260105", "ATTENDEE:mailto:jane@corp.example");
        Assert.Equal(expected, Turns(Read(day, "2026-01-01", 20, zone)));
        Assert.Equal("2026-01-05T05:00Z/2026-01-06T05:00Z", Turns(Read($"X-WR-TIMEZONE:America/New_York\n{day}", "2026-01-01", 20)));
    }

    [Fact]
    public void Read_WholeWeeksByTurns_EachItsWeek()
    {
        var text = string.Concat(new[] { "05", "12" }.Select((day, index) => Event($"UID:{day}", $"DTSTART;VALUE=DATE:202601{day}", $"DTEND;VALUE=DATE:202601{int.Parse(day, CultureInfo.InvariantCulture) + 7}", "RRULE:FREQ=WEEKLY;INTERVAL=2", $"ATTENDEE:mailto:{(index == 0 ? "jane" : "bob")}@corp.example")));
        var turns = Read(text, "2026-03-20", 20, "Europe/Berlin").Turns.OrderBy(turn => turn.Start).ToList();
        // Monday to Monday at midnight on the wall clock, across the beginning of summer time.
        Assert.All(turns.Zip(turns.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.Equal(["jane", "bob", "jane"], turns.Take(3).SelectMany(turn => turn.Attendees).Select(address => address.Split('@')[0]));
    }

    [Theory]
    [InlineData("W. Europe Standard Time", "2026-01-05T08:00Z/2026-01-05T09:00Z")]
    [InlineData("Europe/Berlin", "2026-01-05T08:00Z/2026-01-05T09:00Z")]
    [InlineData("My own EST zone", "")]
    public void Read_NamedZone_KnownOnes(string zone, string expected)
    {
        var definition = $"BEGIN:VTIMEZONE\nTZID:{zone}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n";
        Assert.Equal(expected, Turns(Read(definition + Event($"DTSTART;TZID={zone}:20260105T090000", "DURATION:PT1H", "ATTENDEE:mailto:jane@corp.example"), "2026-01-01", 20)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("BEGIN:VEVENT\nEND:VEVENT")]
    [InlineData("END:VEVENT\n:::\nBEGIN")]
    [InlineData("BEGIN:VEVENT\nDTSTART:20260105T080000Z\nDTSTART:20260105T080000Z\nDTEND:20260106T080000Z\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART:20260105T080000Z\nDTEND:20260106T080000Z\nSTATUS:CANCELLED\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART:20260105T080000Z\nDTEND:20260104T080000Z\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART:20269905T080000Z\nDTEND:20260104T080000Z\nEND:VEVENT")]
    [InlineData("BEGIN:VEVENT\nDTSTART:20260105T080000Z\nDURATION:P99999999999D\nEND:VEVENT")]
    public void Read_OddTexts_NoTurns(string text) => Assert.Empty(Read(text, "2026-01-01").Turns);

    /// <summary>Each of them would take hours, or never end, if it were worked out as it stands.</summary>
    [Theory]
    [InlineData("RRULE:FREQ=SECONDLY")]
    [InlineData("RRULE:FREQ=MINUTELY;INTERVAL=7")]
    [InlineData("RRULE:FREQ=HOURLY;COUNT=2000000000")]
    [InlineData("RRULE:FREQ=DAILY;INTERVAL=0")]
    [InlineData("RRULE:FREQ=DAILY;INTERVAL=-1")]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("RRULE:FREQ=YEARLY;BYDAY=60MO,61MO,62MO,63MO;BYYEARDAY=1,2,3,4,5,6,7,8")]
    [InlineData("RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4;BYSECOND=0,1,2,3")]
    [InlineData("RRULE:FREQ=YEARLY;COUNT=2000000000;BYDAY=MO,TU,WE,TH,FR,SA,SU")]
    [InlineData("DURATION:P3000000D\nRRULE:FREQ=DAILY")]
    public void Read_Bomb_BoundedAndNobodyOnCall(string lines)
    {
        var began = Stopwatch.GetTimestamp();
        var text = string.Concat(Enumerable.Range(0, 2000).Select(id => Event($"UID:{id}", "DTSTART:00010105T080000Z", lines, "ATTENDEE:mailto:jane@corp.example")));
        var reading = Read(text, "2026-01-01");
        Assert.Empty(reading.Turns);
        Assert.True(reading.Problem is not null || reading.LeftOut > 0 || lines.Contains("BYMONTHDAY=30", StringComparison.Ordinal));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Read_ManyEventsAndDeepNesting_Bounded()
    {
        Assert.Equal("it has too many events", Read(string.Concat(Enumerable.Repeat("BEGIN:VEVENT\nEND:VEVENT\n", CalendarWork.MaxTurns + 1)), "2026-01-01").Problem);
        Assert.Empty(Read(string.Concat(Enumerable.Repeat("BEGIN:VEVENT\n", 70_000)), "2026-01-01").Turns);
        Assert.Equal(1, Read(Event("DTSTART:20260101T080000Z", "DURATION:PT1S", $"RDATE:{Dates(50_000)}"), "2026-01-01").LeftOut);
        Assert.Equal("it has too many turns", Read(string.Concat(Enumerable.Repeat(Event("DTSTART:20260101T080000Z", "DURATION:PT1S", $"RDATE:{Dates(500)}"), 120)), "2026-01-01").Problem);
    }

    /// <summary>What people really have: fifty series that began ten years ago.</summary>
    [Fact]
    public void Read_OldDailySeries_StillRead()
    {
        var text = string.Concat(Enumerable.Range(0, 50).Select(id => Event($"UID:{id}", "DTSTART;TZID=Europe/Berlin:20160105T080000", "DURATION:PT12H", "RRULE:FREQ=DAILY", "ATTENDEE:mailto:jane@corp.example")));
        var reading = Read(text, "2026-01-01", 40);
        Assert.Equal((null, 0), (reading.Problem, reading.LeftOut));
        Assert.InRange(reading.Turns.Count, 50 * 39, 50 * 41);
    }

    /// <summary>The most that the limits let through: a megabyte of it must not take long.</summary>
    [Theory]
    [InlineData(20, "RRULE:FREQ=DAILY", "19000105")]
    [InlineData(25, "RRULE:FREQ=DAILY;COUNT=2000000000;BYHOUR=1,2,3,4;BYDAY=MO,TU,WE,TH,FR,SA,SU", "20230105")]
    [InlineData(2, "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTHDAY=30;BYMONTH=2", "20230105")]
    [InlineData(130, "EXDATE:", "20260105")]
    [InlineData(130, "RRULE:FREQ=DAILY\nEXDATE:", "20260105")]
    [InlineData(15_000, "", "20260105")]
    public void Read_AsMuchAsIsLetThrough_InSeconds(int events, string lines, string from)
    {
        var dates = lines.EndsWith("EXDATE:", StringComparison.Ordinal) ? Dates(500) : "";
        var began = Stopwatch.GetTimestamp();
        var reading = Read(string.Concat(Enumerable.Range(0, events).Select(id => Event($"UID:{id}", $"DTSTART:{from}T080000Z", "DURATION:PT1H", lines + dates))), "2026-01-01");
        Assert.Null(reading.Problem);
        Assert.Equal(0, reading.LeftOut);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static string Dates(int count) => string.Join(",", Enumerable.Range(0, count).Select(second => new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc).AddSeconds(second).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)));

    private static string Event(params string[] lines) => $"BEGIN:VEVENT\n{string.Join("\n", lines.Where(line => line.Length > 0))}\nEND:VEVENT\n";

    private static CalendarReading Read(string text, string from, int days = 15, string? zone = null)
    {
        var start = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return CalendarEvents.Read(text, start, start.AddDays(days), zone);
    }

    private static string Turns(CalendarReading reading) =>
        string.Join(" ", reading.Turns.OrderBy(turn => turn.Start).Select(turn => $"{turn.Start.UtcDateTime:yyyy-MM-ddTHH:mm}Z/{turn.End.UtcDateTime:yyyy-MM-ddTHH:mm}Z"));
}
