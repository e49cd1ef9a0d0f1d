namespace AccessGateway.Schedules;

using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;

/// <summary>One turn on call.</summary>
internal sealed record Turn(DateTimeOffset Start, DateTimeOffset End, IReadOnlyList<string> Attendees);

/// <summary>What a calendar says for a while.</summary>
/// <param name="LeftOut">Events that are not understood: by them, and whatever belongs to them, nobody is on call.</param>
/// <param name="Problem">Why none of it counts; null where it does.</param>
internal sealed record CalendarReading(IReadOnlyList<Turn> Turns, int LeftOut, string? Problem);

/// <summary>
/// Works out who is on call by an iCalendar (RFC 5545): single and recurring events with their exceptions, in any known time zone, whole
/// days too. <see cref="CalendarText"/> takes the text apart, Ical.Net reads and evaluates each event, <see cref="CalendarWork"/> bounds it.
/// </summary>
internal static class CalendarEvents
{
    private const int MaxUnmatched = 10_000;

    /// <param name="timeZone">For times without a zone and whole days; what the calendar itself says where null.</param>
    public static CalendarReading Read(string text, DateTimeOffset from, DateTimeOffset to, string? timeZone)
    {
        var blocks = CalendarText.Read(text, out var own);
        if (blocks.Count > CalendarWork.MaxTurns)
            return new CalendarReading([], blocks.Count, "it has too many events");
        var zone = timeZone ?? (own is not null && CalendarZones.Knows(own) ? own : null);
        var work = new CalendarWork(to.UtcDateTime);
        var events = blocks.Select(block => Load(block, zone, from, work)).ToList();
        if (work.IsTooMuch)
            return new CalendarReading([], blocks.Count, "its rules cost too much to work out");

        // An exception that is not understood might have taken a turn away from somebody: its whole series is left out.
        var unclear = events.Where(one => one.Problem is not null && one.Block.Uid is not null).Select(one => one.Block.Uid!).ToHashSet();
        var clear = events.FindAll(one => one.Problem is null && !unclear.Contains(one.Block.Uid ?? ""));
        var turns = new List<Turn>();
        foreach (var series in clear.Where(one => one.Block.Uid is not null).GroupBy(one => one.Block.Uid).Select(one => one.ToList()).Concat(clear.Where(one => one.Block.Uid is null).Select(one => new List<Loaded> { one })))
        {
            turns.AddRange(TurnsOf(series, from, to, work));
            if (work.IsTooMuch)
                return new CalendarReading([], blocks.Count, "it has too many turns");
        }

        return new CalendarReading(turns, events.Count - clear.Count, Problem: null);
    }

    private static Loaded Load(CalendarBlock block, string? zone, DateTimeOffset from, CalendarWork work)
    {
        if (block.Problem is not null || work.IsTooMuch)
            return new Loaded(block, null, zone, block.Problem ?? "");
        try
        {
            var text = $"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{string.Join("\r\n", block.Lines)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
            if (Calendar.Load(text)?.Events.ToList() is not [{ DtStart: { } start } read])
                return new Loaded(block, null, zone, "no beginning");
            if (zone is null && start.IsFloating)
                return new Loaded(block, null, zone, "times without a time zone");
            if (read.RecurrenceRule is not { } rule)
                return new Loaded(block, read, zone, null);
            if (work.Problem(rule, start.Value, from.UtcDateTime) is { } problem)
                return new Loaded(block, null, zone, problem);
            return new Loaded(block, read, zone, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever the library throws at a text of somebody else's, the text is not understood.
            return new Loaded(block, null, zone, e.GetType().Name);
        }
    }

    /// <summary>The turns of the events of one UID: a series, and exceptions from it.</summary>
    private static List<Turn> TurnsOf(IReadOnlyList<Loaded> series, DateTimeOffset from, DateTimeOffset to, CalendarWork work)
    {
        var moved = new Dictionary<DateTimeOffset, Loaded>();
        DateTimeOffset? rewritten = null;
        foreach (var one in series.OrderBy(one => one.Block.Sequence))
        {
            if (one.Exception is not { } exception)
                continue;
            moved[exception] = one;
            // What Ical.Net does not work out: from there on the series is another one, of which nothing is known.
            if (one.Event!.RecurrenceIdentifier!.Range == RecurrenceRange.ThisAndFuture && !(exception >= rewritten))
                rewritten = exception;
        }

        // An exception for a whole day, from a series with times, names none of its turns.
        if (series.Where(one => one.Exception is not null).Any(exception => series.Any(one => one.Exception is null && one.Event!.DtStart!.HasTime != exception.Event!.RecurrenceIdentifier!.StartTime.HasTime)))
            return [];
        var turns = new List<Turn>();
        var newest = series.Where(one => one.Exception is null).Select(one => one.Block.Sequence).DefaultIfEmpty().Max();
        foreach (var one in series.Where(one => !one.Block.IsCancelled && (one.Exception is { } exception ? ReferenceEquals(moved[exception], one) : one.Block.Sequence == newest)))
        {
            foreach (var (start, end) in Occurrences(one, from, to, work))
            {
                if (end > from && end > start && (one.Exception is not null || !(moved.ContainsKey(start) || start >= rewritten)))
                    turns.Add(new Turn(start, end, one.Block.Attendees));
            }
        }

        return turns;
    }

    private static List<(DateTimeOffset Start, DateTimeOffset End)> Occurrences(Loaded loaded, DateTimeOffset from, DateTimeOffset to, CalendarWork work)
    {
        var found = new List<(DateTimeOffset Start, DateTimeOffset End)>();
        try
        {
            // Two days around it cover every time zone.
            var begin = new CalDateTime(from.UtcDateTime.AddDays(-2), CalDateTime.UtcTzId);
            foreach (var occurrence in Bounded(loaded.Event!, to.UtcDateTime.AddDays(2)).GetOccurrences(begin, new EvaluationOptions { MaxUnmatchedIncrementsLimit = MaxUnmatched }))
            {
                work.AddTurn();
                var start = loaded.Instant(occurrence.Period.StartTime);
                if (start >= to || work.IsTooMuch)
                    break;
                if (occurrence.Period.EffectiveEndTime is { } end)
                    found.Add((start, loaded.Instant(end)));
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What came before it, came in order and stands.
        }

        return found;
    }

    /// <summary>The evaluation ends there, whether or not anything is found before.</summary>
    private static CalendarEvent Bounded(CalendarEvent read, DateTime end)
    {
        if (read.RecurrenceRule is { } rule && (rule.Until is null || rule.Until.Value > end))
        {
            rule.Until = read.DtStart!.HasTime ? new CalDateTime(end, CalDateTime.UtcTzId) : new CalDateTime(DateOnly.FromDateTime(end));
            read.RecurrenceRule = rule;
        }

        return read;
    }

    private sealed record Loaded(CalendarBlock Block, CalendarEvent? Event, string? Zone, string? Problem)
    {
        /// <summary>Which turn of the series it replaces; null where it is the series.</summary>
        public DateTimeOffset? Exception { get; } = Event?.RecurrenceIdentifier is { } identifier ? InstantOf(identifier.StartTime, Zone) : null;

        public DateTimeOffset Instant(CalDateTime time) => InstantOf(time, Zone);

        private static DateTimeOffset InstantOf(CalDateTime time, string? zone) =>
            new(time.IsFloating ? new CalDateTime(time.Date, time.Time ?? TimeOnly.MinValue, zone).AsUtc : time.AsUtc, TimeSpan.Zero);
    }
}
