namespace AccessGateway.Documents;

using System.Globalization;
using AccessGateway.Schedules;

/// <summary>Reads a document of kind Schedule.</summary>
internal static class ScheduleDocument
{
    public static Schedule Read(string name, MappingReader metadata, MappingReader spec)
    {
        var rotations = spec.Mappings("rotations").Select(ReadRotation).ToList();
        var calendar = spec.Optional("iCalendar", ReadCalendar);
        if (rotations.Count > 0 == calendar is not null)
            spec.Error("Give either rotations or iCalendar.");
        return new Schedule(name, rotations, calendar);
    }

    private static Rotation ReadRotation(MappingReader rotation)
    {
        var people = rotation.Texts("people", Names.PersonProblem);
        if (people.Count == 0)
            rotation.Error("people: name at least one.");
        var zone = rotation.Text("timeZone", required: true);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var timeZone) && zone.Length > 0)
            rotation.Error($"timeZone '{zone}' is unknown; use an IANA name such as Europe/Berlin.", "timeZone");
        var text = rotation.Text("start", required: true);
        if (!DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var start) && text.Length > 0)
            rotation.Error("start must be a date and a time on the wall clock, such as 2026-01-05T09:00.", "start");
        var read = new Rotation(people.Count == 0 ? [""] : people, start, rotation.Duration("every", TimeSpan.FromHours(1), TimeSpan.FromDays(90)), timeZone ?? TimeZoneInfo.Utc);
        rotation.Finish();
        return read;
    }

    private static CalendarSource ReadCalendar(MappingReader calendar)
    {
        var (url, rules) = OutboundKeys.ReadUrl(calendar);
        var domain = calendar.Text("domain", Names.PersonProblem);
        var timeZone = calendar.Text("timeZone", zone => CalendarZones.Knows(zone) ? null : $"'{zone}' is unknown; use an IANA name such as Europe/Berlin.");
        var refresh = calendar.Duration("refresh", TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), TimeSpan.FromMinutes(5));
        var staleAfter = calendar.Duration("staleAfter", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), refresh > TimeSpan.FromHours(1) ? refresh : TimeSpan.FromHours(1));
        if (staleAfter < refresh)
            calendar.Error("staleAfter must not be shorter than refresh.", calendar.Has("staleAfter") ? "staleAfter" : "refresh");
        return new CalendarSource(url, domain, refresh, staleAfter) { TimeZone = timeZone.Length > 0 ? timeZone : null, Rules = rules };
    }
}
