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
    GatewayDocuments documents,
    Reconcilers reconcilers,
    ClusterHealth health,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<ReconcileLoop> logger) : BackgroundService
{
    /// <summary>The longest sleep: orphans are gone within 60 s (I8) at three passes a minute.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => documents.Clusters.Count == 0
        ? ExpireAloneAsync(stoppingToken)
        : Task.WhenAll(documents.Clusters.Select(cluster => LoopAsync(cluster, stoppingToken)));

    /// <summary>Where every cluster was taken out of the documents, grants still run out.</summary>
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

    private async Task LoopAsync(ClusterDefinition cluster, CancellationToken stopping)
    {
        await Task.Yield();
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            var next = Period;
            try
            {
                next = await ExpireAsync(stopping);
                await reconcilers.For(cluster.Name).RunAsync(stopping);
                if (failures > 0)
                    LogBack(cluster.Name, failures);
                failures = 0;
                health.Note(cluster.Name, healthy: true);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // Whatever it was, the database or the cluster: the next pass starts from what is then true.
                failures++;
                health.Note(cluster.Name, healthy: false);
                var retry = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 4));
                next = next < retry ? next : retry;
                LogFailed(e, cluster.Name, failures, DurationText.Format(next));
            }

            await reconcilers.WaitAsync(cluster.Name, next, stopping);
        }
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

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} is reconciled again after {Failures} failures.")]
    private partial void LogBack(string cluster, int failures);
}
