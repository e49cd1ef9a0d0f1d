namespace AccessGateway.Schedules;

using AccessGateway.Outbound;

/// <summary>Who is on call when. Made from a document: by rotations, or by a calendar that somebody else keeps.</summary>
/// <param name="Rotations">Each has one person on call at a time.</param>
/// <param name="Calendar">Null where rotations say it.</param>
internal sealed record Schedule(string Name, IReadOnlyList<Rotation> Rotations, CalendarSource? Calendar);

/// <summary>People who follow one another on call, on the wall clock of a time zone: with daylight saving a handover keeps its hour.</summary>
/// <param name="People">By user name, in their order; at least one.</param>
/// <param name="Start">When the first person's first turn begins, local time. Before it nobody is on call.</param>
/// <param name="Every">How long a turn lasts; 1 h to 90 d.</param>
internal sealed record Rotation(IReadOnlyList<string> People, DateTime Start, TimeSpan Every, TimeZoneInfo TimeZone)
{
    /// <summary>Null before the start.</summary>
    public string? At(DateTimeOffset instant)
    {
        var local = TimeZoneInfo.ConvertTime(instant, TimeZone).DateTime;
        return local < Start ? null : People[(int)((local - Start).Ticks / Every.Ticks % People.Count)];
    }
}

/// <summary>An iCalendar (RFC 5545) whose events name who is on call: an ATTENDEE's address is a user's name, or with
/// <paramref name="Domain"/> its part before that domain.</summary>
/// <param name="Url">https, or http where its rules name the host.</param>
/// <param name="Refresh">How often it is fetched; 1 min to 1 d.</param>
/// <param name="StaleAfter">How old a calendar may be that cannot be fetched anew; then nobody is on call by it.</param>
internal sealed record CalendarSource(Uri Url, string Domain, TimeSpan Refresh, TimeSpan StaleAfter)
{
    /// <summary>What times without a zone, and whole days, are meant in; null: as the calendar itself says.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Where it may lie.</summary>
    public OutboundRules Rules { get; init; } = OutboundRules.PublicOnly;
}
