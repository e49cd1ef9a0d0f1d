namespace AccessGateway.Notifications;

/// <summary>How long to wait after failures. Pure.</summary>
internal static class BackOff
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Longest = TimeSpan.FromHours(2);

    /// <summary>Doubles from 5 s to 2 h; a quarter of it is chance, so that what failed together does not come again together.</summary>
    /// <param name="failures">In a row, from 1.</param>
    /// <param name="chance">From 0 to 1.</param>
    /// <param name="asked">How long the receiver asked to be left alone; beyond <see cref="Longest"/> it is not heard.</param>
    public static TimeSpan After(int failures, double chance, TimeSpan? asked = null)
    {
        var wait = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        wait = (wait < Longest ? wait : Longest) * (0.75 + (0.25 * chance));
        var least = asked is { } time && time > TimeSpan.Zero ? (time < Longest ? time : Longest) : TimeSpan.Zero;
        return wait > least ? wait : least;
    }
}
