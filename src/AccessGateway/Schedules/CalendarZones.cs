namespace AccessGateway.Schedules;

using NodaTime;
using NodaTime.TimeZones;

/// <summary>The time zones that a calendar may name: by IANA, or as Windows names them. Ical.Net guesses at others by parts of their names,
/// which is why it is asked about none of them.</summary>
internal static class CalendarZones
{
    public static bool Knows(string zone) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null || TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.ContainsKey(zone);
}
