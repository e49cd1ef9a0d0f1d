namespace AccessGateway.Schedules;

using Ical.Net;
using Ical.Net.DataTypes;

/// <summary>
/// How much a calendar may cost to work out. A rule is weighed before it is evaluated, because evaluation cannot be interrupted: a rule of a
/// few bytes may ask for every second since 1970, or look for 30 February until the year 9999.
/// </summary>
internal sealed class CalendarWork(DateTime until)
{
    /// <summary>What the rules of one calendar may cost together, in steps of their evaluation; well below a second.</summary>
    public const long MaxSteps = 1_000_000;

    /// <summary>How many turns one calendar may have.</summary>
    public const int MaxTurns = 20_000;

    private const int MaxListed = 32;
    private const int WeeksOfYear = 53;

    private long _steps;
    private int _turns;

    public bool IsTooMuch => _steps > MaxSteps || _turns > MaxTurns;

    public void AddTurn() => _turns++;

    /// <summary>Why the rule is not evaluated; null where it may be.</summary>
    public string? Problem(RecurrenceRule rule, DateTime start, DateTime from)
    {
        var (days, most) = rule.Frequency switch
        {
            FrequencyType.Daily => (1, 1),
            FrequencyType.Weekly => (7, 7),
            FrequencyType.Monthly => (28, 31),
            FrequencyType.Yearly => (365, 366),
            _ => (0, 0),
        };
        if (days == 0)
            return "a rule for less than days";
        var listed = rule.ByHour.Count + rule.ByDay.Count + rule.ByMonthDay.Count + rule.ByYearDay.Count + rule.ByWeekNo.Count + rule.ByMonth.Count + rule.BySetPosition.Count;
        if (rule.Interval is < 1 or > 1000 || rule.Count is < 1 || rule.ByMinute.Count > 1 || rule.BySecond.Count > 1 || listed > MaxListed)
            return "a rule of unlikely numbers";
        // Each step makes candidates, by the hour too, and holds them against every weekday that is listed.
        var candidates = (long)most * Math.Max(1, rule.ByHour.Count) * Math.Max(1, rule.ByDay.Count) * (rule.Frequency == FrequencyType.Yearly && rule.ByDay.Count > 0 ? WeeksOfYear : 1);
        var every = (double)days * rule.Interval;
        // What lies before is skipped without candidates, except where all must be counted.
        var skipped = Math.Max(0, (from - start).TotalDays / every);
        var evaluated = Math.Max(0, (until - (rule.Count is null && from > start ? from : start)).TotalDays / every) + 2;
        _steps += (long)(skipped + (evaluated * candidates));
        return IsTooMuch ? "rules that cost too much" : null;
    }
}
