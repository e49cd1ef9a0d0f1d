namespace AccessGateway.Schedules;

using System.Text;

/// <summary>
/// Takes an iCalendar text (RFC 5545) apart into its events and keeps what says who is on call when. Everything else, alarms,
/// descriptions, attachments and definitions of time zones, goes no further: a library reads only what is left.
/// </summary>
internal static class CalendarText
{
    /// <summary>Without the attendees, which are read here.</summary>
    private static readonly HashSet<string> Kept = ["UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"];

    /// <summary>How many dates one event may name besides its rule; the work that Ical.Net has with them grows with their square.</summary>
    private const int MaxDates = 500;

    /// <param name="timeZone">What X-WR-TIMEZONE says; null where it stands nowhere.</param>
    public static IReadOnlyList<CalendarBlock> Read(string text, out string? timeZone)
    {
        var blocks = new List<CalendarBlock>();
        CalendarBlock? current = null;
        var nested = 0;
        timeZone = null;
        foreach (var line in Unfold(text))
        {
            if (PropertyLine.Parse(line) is not { } property)
                continue;
            switch (property.Name, property.Value.ToUpperInvariant())
            {
                case ("BEGIN", "VEVENT") when current is null:
                    (current, nested) = (new CalendarBlock(), 0);
                    break;
                case ("END", "VEVENT") when current is not null && nested == 0:
                    blocks.Add(current);
                    current = null;
                    break;
                case ("BEGIN", _):
                    nested++;
                    break;
                case ("END", _):
                    nested--;
                    break;
                case ("X-WR-TIMEZONE", _) when current is null:
                    timeZone = property.Value;
                    break;
                default:
                    // An alarm within an event has attendees of its own.
                    if (current is not null && nested == 0)
                        Take(current, property, line);
                    break;
            }
        }

        return blocks;
    }

    private static void Take(CalendarBlock block, PropertyLine property, string line)
    {
        switch (property.Name)
        {
            case "ATTENDEE":
                if (property.Parameter("PARTSTAT")?.ToUpperInvariant() is not ("DECLINED" or "DELEGATED") && AddressOf(property.Value) is { } address)
                    block.Attendees.Add(address);
                break;
            case "STATUS":
                block.IsCancelled = property.Value.Equals("CANCELLED", StringComparison.OrdinalIgnoreCase);
                break;
            case "SEQUENCE":
                block.Sequence = int.TryParse(property.Value, out var sequence) ? sequence : 0;
                break;
            case "EXRULE":
                block.Problem = "EXRULE";
                break;
            default:
                if (!Kept.Contains(property.Name))
                    break;
                if (property.Name == "UID")
                    block.Uid = property.Value;
                if (property.Parameter("TZID") is { } zone && !CalendarZones.Knows(zone))
                    block.Problem = "a time zone that is unknown";
                if (property.Name is "RDATE" or "EXDATE")
                    block.Dates += property.Value.Count(',') + 1;
                else if (!block.Names.Add(property.Name))
                    block.Problem = $"{property.Name} twice";
                if (block.Dates > MaxDates)
                    block.Problem = "too many dates";
                block.Lines.Add(line);
                break;
        }
    }

    /// <summary>Some leave <c>mailto:</c> out.</summary>
    private static string? AddressOf(string value)
    {
        var address = (value.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? value["mailto:".Length..] : value).Trim();
        return address.Contains('@', StringComparison.Ordinal) && !address.Contains(':', StringComparison.Ordinal) ? address.ToLowerInvariant() : null;
    }

    /// <summary>RFC 5545, 3.1: a line that begins with white space goes on with the one before.</summary>
    private static IEnumerable<string> Unfold(string text)
    {
        var unfolded = new StringBuilder();
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line)
        {
            if (line is [' ' or '\t', ..])
            {
                unfolded.Append(line, 1, line.Length - 1);
                continue;
            }

            if (unfolded.Length > 0)
                yield return unfolded.ToString();
            unfolded.Clear().Append(line);
        }

        if (unfolded.Length > 0)
            yield return unfolded.ToString();
    }
}

/// <summary>What is left of an event's text.</summary>
internal sealed class CalendarBlock
{
    public string? Uid { get; set; }

    public int Sequence { get; set; }

    public bool IsCancelled { get; set; }

    /// <summary>Addresses in lower case, of those who have not declined.</summary>
    public List<string> Attendees { get; } = [];

    public HashSet<string> Names { get; } = [];

    /// <summary>How many dates its lists name.</summary>
    public int Dates { get; set; }

    /// <summary>Unfolded.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>What is not understood about it; null where nothing.</summary>
    public string? Problem { get; set; }
}
