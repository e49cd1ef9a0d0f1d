namespace AccessGateway.Schedules;

using System.Collections.Concurrent;
using System.Text;
using AccessGateway.Outbound;
using Microsoft.Extensions.Logging;

/// <summary>Calendars as they were fetched last: over https, within limits, without redirects. One that is too old counts as empty.</summary>
internal sealed partial class Calendars(OutboundHttp outbound, TimeProvider clock, ILogger<Calendars> logger) : IDisposable
{
    public const int MaxSize = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Turns are asked for at the beginning of a grant, which may lie a little back, and up to 30 days ahead.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    private static readonly TimeSpan Ahead = TimeSpan.FromDays(31);

    // By address and zone, not by source: a reload of the documents forgets no calendar.
    private readonly ConcurrentDictionary<(Uri Url, string? TimeZone), Fetched> _fetched = new();
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    public async Task<IReadOnlyList<Turn>> TurnsAsync(CalendarSource source, CancellationToken cancellationToken)
    {
        var (now, key) = (clock.GetUtcNow(), (source.Url, source.TimeZone));
        if (!(_fetched.TryGetValue(key, out var known) && now - known.TriedAt < source.Refresh && known.TriedAt <= now))
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                if (!(_fetched.TryGetValue(key, out known) && now - known.TriedAt < source.Refresh && known.TriedAt <= now))
                    _fetched[key] = known = await FetchAsync(source, known, now, cancellationToken);
            }
            finally
            {
                _one.Release();
            }
        }

        return now - known.At < source.StaleAfter && known.At <= now ? known.Turns : [];
    }

    private async Task<Fetched> FetchAsync(CalendarSource source, Fetched? before, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, source.Url);
            var answer = await outbound.SendAsync(request, source.Rules, MaxSize + 1, cancellationToken, Patience);
            var problem = !answer.IsSuccess ? $"It answered {(int)answer.Status}."
                : answer.Body.Length > MaxSize ? $"It is larger than {MaxSize} bytes."
                : null;
            if (problem is null)
            {
                var reading = CalendarEvents.Read(Encoding.UTF8.GetString(answer.Body), now - Before, now + source.StaleAfter + Ahead, source.TimeZone);
                if (reading.LeftOut > 0)
                    LogLeftOut(source.Url.Host, reading.LeftOut);
                if (reading.Problem is null)
                    return new Fetched(reading.Turns, now, now);
                problem = $"It is not read: {reading.Problem}.";
            }

            LogFailed(problem, source.Url.Host);
        }
        catch (OutboundException e)
        {
            LogFailed(e.Message, source.Url.Host);
        }

        return before is null ? new Fetched([], DateTimeOffset.MinValue, now) : before with { TriedAt = now };
    }

    /// <param name="At">When it was fetched.</param>
    /// <param name="TriedAt">When that was last tried.</param>
    private sealed record Fetched(IReadOnlyList<Turn> Turns, DateTimeOffset At, DateTimeOffset TriedAt);

    [LoggerMessage(LogLevel.Warning, "The calendar at {Host} cannot be used; the last one counts until it is too old. {Problem}")]
    private partial void LogFailed(string problem, string host);

    [LoggerMessage(LogLevel.Warning, "Of the calendar at {Host} {Count} events are left out: nobody is on call by what is not understood.")]
    private partial void LogLeftOut(string host, int count);
}
