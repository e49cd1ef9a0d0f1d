namespace AccessGateway.Bindings;

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using k8s.Autorest;

/// <summary>How long to wait after failures. Pure, but for the chance that its caller gives.</summary>
internal static class RetryDelay
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(16);

    /// <summary>However small the chance: a cluster that is down is not asked in a tight loop.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(50);

    /// <summary>A server that is asked to be left alone longer than this is asked again all the same: orphans must be gone within 60 s (I8).</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromSeconds(20);

    /// <summary>From nothing to a bound that doubles from 1 s to 16 s ("full jitter"): replicas and clusters that failed together do not come
    /// back together. Never before the server wants to be asked again.</summary>
    /// <param name="failures">In a row, from 1.</param>
    /// <param name="chance">From 0 to 1.</param>
    /// <param name="asked">How long the API server asked to be left alone.</param>
    public static TimeSpan After(int failures, double chance, TimeSpan? asked = null)
    {
        var most = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        var wait = (most < Longest ? most : Longest) * chance;
        var leave = asked is { } time && time > TimeSpan.Zero ? (time < LongestAsked ? time : LongestAsked) : TimeSpan.Zero;
        wait += leave;
        return wait < Least ? Least : wait;
    }

    /// <summary>What the API server said with 429 or 503 (RFC 9110, Retry-After); null where it said nothing.</summary>
    public static TimeSpan? AskedBy(Exception failure, DateTimeOffset now)
    {
        if (failure is not HttpOperationException { Response: { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable } response })
            return null;
        var text = response.Headers?.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(text, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at - now : null;
    }

    /// <summary>Jitter: nothing depends on nobody guessing it.</summary>
    public static double Chance() => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);
}
