namespace AccessGateway.Bindings;

using Microsoft.Extensions.Logging;

/// <summary>
/// The loop of one cluster's ends: writes down what has run out and unbinds it, at the instant it does. It waits for nothing else, no list, no
/// pass, no call that hangs: nothing may be left five seconds after its end (I1).
/// </summary>
internal sealed partial class EndsLoop(string cluster, Reconcilers reconcilers, ReconcileMetrics metrics, TimeProvider clock, ILogger<ReconcileLoop> logger)
{
    /// <summary>A cluster that comes back finds what ended meanwhile removed well within five seconds.</summary>
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(3);

    private readonly Reconciler _reconciler = reconcilers.For(cluster);
    private readonly LoopBell _bell = reconcilers.BellOf(cluster);

    private int _failures;

    public async Task RunAsync(CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            var wait = await TurnAsync(stopping);
            await _bell.WaitForEndsAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, stopping);
        }

        await _reconciler.StragglersEndedAsync();
    }

    /// <returns>How long until something is due again.</returns>
    private async Task<TimeSpan> TurnAsync(CancellationToken stopping)
    {
        try
        {
            var (expiry, refused) = await _reconciler.EndDueAsync(stopping);
            var next = Shorter(ReconcileLoop.Period, expiry - clock.GetUtcNow());
            if (refused is null)
            {
                _failures = 0;
                return next;
            }

            // What is refused for good keeps none of those that run out meanwhile.
            return Shorter(await FailedAsync(refused, stopping), next);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            return await FailedAsync(e, stopping);
        }
        catch (Exception)
        {
            // Whatever it was: nobody needs it any more.
            return TimeSpan.Zero;
        }
    }

    private async Task<TimeSpan> FailedAsync(Exception failure, CancellationToken stopping)
    {
        var asked = RetryDelay.AskedBy(failure, clock.GetUtcNow());
        var retry = RetryDelay.After(++_failures, RetryDelay.Chance(), asked);
        metrics.UnbindFailed(cluster);
        LogFailed(failure, cluster, _failures);
        if (asked is null)
            return Shorter(retry, LongestRetry);
        // An API server that asks to be left alone is, whoever rings.
        await Task.Delay(retry, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return TimeSpan.Zero;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan? other) => other < one ? other.Value : one;

    [LoggerMessage(LogLevel.Error, "Not everything that has ended could be removed from cluster {Cluster} ({Failures} times in a row); trying again shortly.")]
    private partial void LogFailed(Exception exception, string cluster, int failures);
}
