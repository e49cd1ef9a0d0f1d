namespace AccessGateway.Policy;

using System.Globalization;

/// <summary>The hours of the week in which a role is offered, on the wall clock of a time zone.</summary>
/// <param name="Days">At least one.</param>
/// <param name="To">Exclusive; not after <paramref name="From"/> means: over midnight, counted to the day on which it began.</param>
internal sealed record Hours(IReadOnlyCollection<DayOfWeek> Days, TimeOnly From, TimeOnly To, TimeZoneInfo TimeZone)
{
    public bool Contains(DateTimeOffset instant)
    {
        var local = TimeZoneInfo.ConvertTime(instant, TimeZone);
        var time = TimeOnly.FromDateTime(local.DateTime);
        if (From < To)
            return Days.Contains(local.DayOfWeek) && time >= From && time < To;
        return (time >= From && Days.Contains(local.DayOfWeek))
            || (time < To && Days.Contains((DayOfWeek)(((int)local.DayOfWeek + 6) % 7)));
    }

    public override string ToString() =>
        $"{string.Join(", ", Days.Select(day => day.ToString()[..3]))} from {From.ToString("HH:mm", CultureInfo.InvariantCulture)} to {To.ToString("HH:mm", CultureInfo.InvariantCulture)} ({TimeZone.Id})";
}
