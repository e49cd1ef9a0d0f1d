namespace AccessGateway.Bindings;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>
/// One loop for each cluster: writes down what has run out, reconciles, and sleeps until the next expiry, a wake-up, or
/// <see cref="Period"/>. A cluster that does not answer delays no other.
/// </summary>
internal sealed partial class ReconcileLoop(
    CurrentDocuments documents,
    Reconcilers reconcilers,
    ClusterHealth health,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<ReconcileLoop> logger) : BackgroundService
{
    /// <summary>The longest sleep: orphans are gone within 60 s (I8) at three passes a minute.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>For how long a cluster that was taken out of the documents is tried to be cleaned up.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(ExpireAloneAsync(stoppingToken), FollowAsync(stoppingToken));

    /// <summary>Sees that each cluster of the documents in force has a loop. One that was taken out ends its loop itself.</summary>
    private async Task FollowAsync(CancellationToken stopping)
    {
        var loops = new Dictionary<string, Task>(StringComparer.Ordinal);
        while (!stopping.IsCancellationRequested)
        {
            var now = documents.Current;
            foreach (var cluster in now.Clusters.Where(cluster => !loops.TryGetValue(cluster.Name, out var loop) || loop.IsCompleted))
                loops[cluster.Name] = LoopAsync(cluster.Name, stopping);
            // A cluster that comes back while its loop is ending needs another one when it has ended.
            await Task.WhenAny([documents.WaitForOthersAsync(now, stopping), .. loops.Values.Where(loop => !loop.IsCompleted)]);
        }

        await Task.WhenAll(loops.Values);
    }

    /// <summary>Grants run out whether or not their cluster is in the documents still.</summary>
    private async Task ExpireAloneAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await ExpireAsync(stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                LogNotExpired(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task LoopAsync(string cluster, CancellationToken stopping)
    {
        await Task.Yield();
        var failures = 0;
        DateTimeOffset? gone = null;
        while (!stopping.IsCancellationRequested)
        {
            var next = Period;
            try
            {
                next = await ExpireAsync(stopping);
                await reconcilers.For(cluster).RunAsync(stopping);
                if (failures > 0)
                    LogBack(cluster, failures);
                failures = 0;
                health.Note(cluster, healthy: true);
                if (documents.Current.Cluster(cluster) is null && !await AnythingLeftAsync(cluster, stopping))
                    break;
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // Whatever it was, the database or the cluster: the next pass starts from what is then true.
                failures++;
                health.Note(cluster, healthy: false);
                var retry = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 4));
                next = next < retry ? next : retry;
                LogFailed(e, cluster, failures, DurationText.Format(next));
            }

            gone = documents.Current.Cluster(cluster) is null ? gone ?? clock.GetUtcNow() : null;
            if (clock.GetUtcNow() - gone > Farewell)
            {
                LogGivenUp(cluster);
                break;
            }

            await reconcilers.WaitAsync(cluster, next, clock, stopping);
        }

        if (!stopping.IsCancellationRequested)
            reconcilers.Forget(cluster);
    }

    /// <summary>Whether the cluster holds, or may hold, something of a grant. Its active grants are about to be revoked.</summary>
    private async Task<bool> AnythingLeftAsync(string cluster, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var ledger = scope.ServiceProvider.GetRequiredService<BindingLedger>();
        return (await ledger.ActiveAsync(cluster, stopping)).Count + (await ledger.UncleanAsync(cluster, stopping)).Count > 0;
    }

    /// <summary>Writes down expired grants; returns how long until the next one expires, at most <see cref="Period"/>.</summary>
    private async Task<TimeSpan> ExpireAsync(CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var grants = scope.ServiceProvider.GetRequiredService<Grants>();
        await grants.ExpireDueAsync(stopping);
        var wait = await grants.NextExpiryAsync(stopping) - clock.GetUtcNow() ?? Period;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < Period ? wait : Period;
    }

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} could not be reconciled ({Failures} times in a row); trying again in {Retry}.")]
    private partial void LogFailed(Exception exception, string cluster, int failures, string retry);

    [LoggerMessage(LogLevel.Error, "Could not write down expired grants; trying again shortly.")]
    private partial void LogNotExpired(Exception exception);

    [LoggerMessage(LogLevel.Error, "Cluster {Cluster} was taken out of the documents and could not be cleaned up; bindings jit-… may be left there.")]
    private partial void LogGivenUp(string cluster);

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} is reconciled again after {Failures} failures.")]
    private partial void LogBack(string cluster, int failures);
}
