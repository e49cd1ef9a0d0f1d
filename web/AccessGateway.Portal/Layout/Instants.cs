namespace AccessGateway.Portal.Layout;

using System.Globalization;
using AccessGateway.Contracts;

/// <summary>How instants are written: in UTC to the second, and how far away they are in words.</summary>
internal static class Instants
{
    public static string Absolute(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>For <c>datetime</c> attributes (RFC 3339).</summary>
    public static string Machine(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Relative(DateTimeOffset instant, DateTimeOffset now)
    {
        var away = instant - now;
        return away >= TimeSpan.FromSeconds(1) ? $"in {Coarse(away)}"
            : away > -TimeSpan.FromSeconds(5) ? "just now"
            : $"{Coarse(-away)} ago";
    }

    /// <summary>A length of time by its two largest units that matter: <c>45s</c>, <c>12m</c>, <c>1h5m</c>, <c>3d2h</c>.</summary>
    public static string Coarse(TimeSpan length)
    {
        var unit = length < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1)
            : length < TimeSpan.FromDays(1) ? TimeSpan.FromMinutes(1)
            : TimeSpan.FromHours(1);
        return DurationText.Format(TimeSpan.FromTicks(length.Ticks - (length.Ticks % unit.Ticks)));
    }
}
