namespace AccessGateway.Kubectl.Output;

/// <summary>Instants as people say them: <c>in 9m</c>, <c>3m ago</c>, <c>now</c>. The largest unit, and the next one while the first is small, as kubectl does.</summary>
internal static class RelativeTime
{
    public static string Of(DateTimeOffset? instant, DateTimeOffset now)
    {
        if (instant is not { } at)
            return "-";
        var distance = at - now;
        return Math.Abs(distance.TotalSeconds) < 1 ? "now" : distance > TimeSpan.Zero ? "in " + Short(distance) : Short(-distance) + " ago";
    }

    public static string Short(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => $"{(long)span.TotalSeconds}s",
        { TotalMinutes: < 10 } => Two(span.Minutes, "m", span.Seconds, "s"),
        { TotalHours: < 3 } => $"{(long)span.TotalMinutes}m",
        { TotalHours: < 8 } => Two(span.Hours, "h", span.Minutes, "m"),
        { TotalHours: < 48 } => $"{(long)span.TotalHours}h",
        { TotalDays: < 8 } => Two(span.Days, "d", span.Hours, "h"),
        _ => $"{(long)span.TotalDays}d",
    };

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
