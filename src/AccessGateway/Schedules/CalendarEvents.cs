namespace AccessGateway.Schedules;

using System.Globalization;

/// <summary>One turn on call.</summary>
internal sealed record CalendarEvent(DateTimeOffset Start, DateTimeOffset End, IReadOnlyList<string> Attendees);

/// <summary>
/// Reads the part of RFC 5545 that says who is on call: VEVENT with DTSTART, DTEND and ATTENDEE. What it does not understand makes
/// nobody be on call: events that recur, that last whole days without a time, or that stand in an unknown time zone are left out.
/// </summary>
internal static class CalendarEvents
{
    public const int MaxEvents = 10_000;

    public static IReadOnlyList<CalendarEvent> Read(string text)
    {
        var events = new List<CalendarEvent>();
        Dictionary<string, List<(string Parameters, string Value)>>? current = null;
        var nested = 0;
        foreach (var (name, parameters, value) in Lines(text))
        {
            switch (name, value.ToUpperInvariant())
            {
                case ("BEGIN", "VEVENT"):
                    (current, nested) = ([], 0);
                    break;
                case ("END", "VEVENT"):
                    if (current is not null && EventOf(current) is { } read && events.Count < MaxEvents)
                        events.Add(read);
                    current = null;
                    break;
                case ("BEGIN", _):
                    nested++;
                    break;
                case ("END", _):
                    nested--;
                    break;
                default:
                    // An alarm within an event has attendees of its own.
                    if (current is not null && nested == 0)
                        (current.TryGetValue(name, out var values) ? values : current[name] = []).Add((parameters, value));
                    break;
            }
        }

        return events;
    }

    private static CalendarEvent? EventOf(Dictionary<string, List<(string Parameters, string Value)>> properties)
    {
        if (properties.ContainsKey("RRULE") || properties.ContainsKey("RDATE") || IsCancelled(properties))
            return null;
        if (Instant(properties, "DTSTART") is not { } start || Instant(properties, "DTEND") is not { } end || end <= start)
            return null;
        var attendees = properties.TryGetValue("ATTENDEE", out var found)
            ? found.Select(pair => pair.Value).Where(value => value.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)).Select(value => value["mailto:".Length..].ToLowerInvariant()).ToList()
            : [];
        return new CalendarEvent(start, end, attendees);
    }

    private static bool IsCancelled(Dictionary<string, List<(string Parameters, string Value)>> properties) =>
        properties.TryGetValue("STATUS", out var status) && status.Exists(pair => pair.Value.Equals("CANCELLED", StringComparison.OrdinalIgnoreCase));

    /// <summary>RFC 5545, 3.3.5: UTC, or local time with TZID.</summary>
    private static DateTimeOffset? Instant(Dictionary<string, List<(string Parameters, string Value)>> properties, string name)
    {
        if (!properties.TryGetValue(name, out var found) || found is not [var (parameters, value)])
            return null;
        if (DateTimeOffset.TryParseExact(value, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var utc))
            return utc;
        var zone = parameters.Split(';').FirstOrDefault(parameter => parameter.StartsWith("TZID=", StringComparison.OrdinalIgnoreCase))?["TZID=".Length..].Trim('"');
        if (zone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var timeZone)
            || !DateTime.TryParseExact(value, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || timeZone.IsInvalidTime(local))
            return null;
        return new DateTimeOffset(local, timeZone.GetUtcOffset(local));
    }

    /// <summary>RFC 5545, 3.1: a line that begins with white space goes on with the one before.</summary>
    private static IEnumerable<(string Name, string Parameters, string Value)> Lines(string text)
    {
        var unfolded = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n ", "", StringComparison.Ordinal).Replace("\n\t", "", StringComparison.Ordinal);
        foreach (var line in unfolded.Split('\n'))
        {
            var colon = ValueAt(line);
            if (colon < 0)
                continue;
            var head = line[..colon];
            var semicolon = head.IndexOf(';', StringComparison.Ordinal);
            yield return ((semicolon < 0 ? head : head[..semicolon]).ToUpperInvariant(), semicolon < 0 ? "" : head[(semicolon + 1)..], line[(colon + 1)..].Trim());
        }
    }

    /// <summary>The colon before the value: one within quotes belongs to a parameter.</summary>
    private static int ValueAt(string line)
    {
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] == ':' && !quoted)
                return i;
        }

        return -1;
    }
}
