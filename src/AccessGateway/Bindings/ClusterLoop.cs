namespace AccessGateway.Bindings;

using AccessGateway.Contracts;
using Microsoft.Extensions.Logging;

/// <summary>
/// The loop of one cluster: compares the whole of it every <see cref="ReconcileLoop.Period"/>, and soon after somebody changed something there.
/// Beside it run its watch and its <see cref="EndsLoop"/>, which do not wait for it.
/// </summary>
internal sealed partial class ClusterLoop(string cluster, Reconcilers reconcilers, ReconcileReports reports, TimeProvider clock, ILogger<ReconcileLoop> logger)
{
    /// <summary>For how long a cluster that was taken out of the documents is tried to be cleaned up.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>What changes in a row is looked at together.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    /// <summary>After a pass the next change waits this many times as long as the pass took, so that a busy cluster leaves time for others.</summary>
    private const int Rest = 4;

    private readonly Reconciler _reconciler = reconcilers.For(cluster);
    private readonly LoopBell _bell = reconcilers.BellOf(cluster);

    /// <summary>When the whole cluster is compared next; the start of time where it is due.</summary>
    private DateTimeOffset _due;

    /// <summary>Not before then for a change that was seen.</summary>
    private DateTimeOffset _rested;

    private int _failures;

    public async Task RunAsync(CancellationToken stopping)
    {
        await Task.Yield();
        using var company = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var beside = Task.WhenAll(reconcilers.WatchOf(cluster).RunAsync(company.Token), reconcilers.EndsOf(cluster).RunAsync(company.Token));
        DateTimeOffset? gone = null;
        while (!stopping.IsCancellationRequested)
        {
            TimeSpan next;
            try
            {
                next = await TurnAsync(stopping);
                if (!reconcilers.IsRegistered(cluster) && !await _reconciler.AnythingLeftAsync(stopping))
                    break;
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // Whatever it was, the database or the cluster: the next pass starts from what is then true.
                next = Failed(e);
                if (RetryDelay.AskedBy(e, clock.GetUtcNow()) is not null)
                    await WaitUnheardAsync(next, stopping);
            }

            gone = reconcilers.IsRegistered(cluster) ? null : gone ?? clock.GetUtcNow();
            if (clock.GetUtcNow() - gone > Farewell)
            {
                LogGivenUp(cluster);
                break;
            }

            // One that goes is left as soon as it is clean.
            await _bell.WaitForPassAsync(gone is not null && next > Glance ? Glance : next, clock, stopping);
        }

        await company.CancelAsync();
        await beside;
        if (!stopping.IsCancellationRequested)
            reconcilers.Forget(cluster);
    }

    /// <summary>Does what is due; returns how long until something is again.</summary>
    private async Task<TimeSpan> TurnAsync(CancellationToken stopping)
    {
        var now = clock.GetUtcNow();
        if (_bell.TakePass())
            _due = now;
        if (_bell.TakeLook())
            _due = Earlier(_due, Later(_rested, now + Settle));
        if (_due <= now)
        {
            var start = clock.GetTimestamp();
            _due = now; // Until it has passed.
            await _reconciler.RunAsync(stopping);
            var took = clock.GetElapsedTime(start);
            now = clock.GetUtcNow();
            (_due, _rested) = (now + ReconcileLoop.Period, now + (took * Rest));
            reports.Passed(cluster, took, _failures);
            _failures = 0;
        }

        var wait = _due - now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private TimeSpan Failed(Exception failure)
    {
        var next = RetryDelay.After(++_failures, RetryDelay.Chance(), RetryDelay.AskedBy(failure, clock.GetUtcNow()));
        reports.Failed(cluster);
        LogFailed(failure, cluster, _failures, DurationText.Format(next));
        // Whatever failed, all of it is due again.
        _due = clock.GetUtcNow() + next;
        return next;
    }

    /// <summary>An API server that asks to be left alone is, whoever rings.</summary>
    private async Task WaitUnheardAsync(TimeSpan time, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(time, clock, stopping);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} could not be reconciled ({Failures} times in a row); trying again in {Retry}.")]
    private partial void LogFailed(Exception exception, string cluster, int failures, string retry);

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} was taken out of the documents and could not be cleaned up; bindings jit-… may be left there.")]
    private partial void LogGivenUp(string cluster);
}
