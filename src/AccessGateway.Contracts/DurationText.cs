namespace AccessGateway.Contracts;

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

/// <summary>
/// Durations as people write them: <c>90s</c>, <c>30m</c>, <c>8h</c>, <c>1h30m</c>, <c>2d</c>. Units stand in falling order, each
/// at most once, with whole numbers. Range: 1 second to 366 days.
/// </summary>
public static class DurationText
{
    /// <summary>The longest duration that can be written: 366 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    private const string Units = "dhms";
    private static readonly long[] Seconds = [86_400, 3_600, 60, 1];

    /// <summary>Reads a duration. False for anything malformed, zero, negative or over <see cref="Longest"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || text.Length is < 2 or > 20)
            return false;

        long total = 0;
        long number = -1;
        var next = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                number = Math.Max(number, 0) * 10 + (c - '0');
                if (number > 99_999_999)
                    return false;
                continue;
            }

            var unit = Units.IndexOf(c, StringComparison.Ordinal);
            if (unit < next || number < 0)
                return false;
            total += number * Seconds[unit];
            next = unit + 1;
            number = -1;
        }

        if (number >= 0 || total <= 0 || total > (long)Longest.TotalSeconds)
            return false;
        duration = TimeSpan.FromSeconds(total);
        return true;
    }

    /// <summary>Writes a duration the way <see cref="TryParse"/> reads it; parts of a second are dropped, and nothing left is <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var rest = (long)duration.TotalSeconds;
        if (rest <= 0)
            return "0s";
        var text = new StringBuilder();
        for (var unit = 0; unit < Units.Length; unit++)
        {
            var count = Math.DivRem(rest, Seconds[unit], out rest);
            if (count > 0)
                text.Append(count.ToString(CultureInfo.InvariantCulture)).Append(Units[unit]);
        }

        return text.ToString();
    }
}
