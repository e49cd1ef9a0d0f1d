namespace AccessGateway.Schedules;

using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

/// <summary>Calendars as they were fetched last: over https, within limits, without redirects. One that is too old counts as empty.</summary>
internal sealed partial class Calendars(IHttpClientFactory clients, TimeProvider clock, ILogger<Calendars> logger) : IDisposable
{
    public const string Client = "calendars";
    public const int MaxSize = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<CalendarSource, Fetched> _fetched = new();
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    public async Task<IReadOnlyList<CalendarEvent>> EventsAsync(CalendarSource source, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!(_fetched.TryGetValue(source, out var known) && now - known.TriedAt < source.Refresh && known.TriedAt <= now))
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                if (!(_fetched.TryGetValue(source, out known) && now - known.TriedAt < source.Refresh && known.TriedAt <= now))
                    _fetched[source] = known = await FetchAsync(source, known, now, cancellationToken);
            }
            finally
            {
                _one.Release();
            }
        }

        return now - known.At < source.StaleAfter && known.At <= now ? known.Events : [];
    }

    private async Task<Fetched> FetchAsync(CalendarSource source, Fetched? before, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = clients.CreateClient(Client);
            using var response = await client.GetAsync(source.Url, HttpCompletionOption.ResponseHeadersRead, either.Token);
            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            var buffer = new byte[MaxSize + 1];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, either.Token);
            if (read <= MaxSize)
                return new Fetched(CalendarEvents.Read(Encoding.UTF8.GetString(buffer, 0, read)), now, now);
            LogTooLarge(source.Url.Host, MaxSize);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException)
        {
            LogFailed(e, source.Url.Host);
        }

        return before is null ? new Fetched([], DateTimeOffset.MinValue, now) : before with { TriedAt = now };
    }

    /// <param name="At">When it was fetched.</param>
    /// <param name="TriedAt">When that was last tried.</param>
    private sealed record Fetched(IReadOnlyList<CalendarEvent> Events, DateTimeOffset At, DateTimeOffset TriedAt);

    [LoggerMessage(LogLevel.Warning, "The calendar at {Host} cannot be fetched; the last one counts until it is too old.")]
    private partial void LogFailed(Exception exception, string host);

    [LoggerMessage(LogLevel.Warning, "The calendar at {Host} is larger than {Limit} bytes; it is not read.")]
    private partial void LogTooLarge(string host, int limit);
}
