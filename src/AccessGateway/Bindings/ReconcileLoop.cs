namespace AccessGateway.Bindings;

using AccessGateway.Documents;
using AccessGateway.Grants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Sees that each cluster of the documents has its loop. A cluster that does not answer delays no other.</summary>
internal sealed class ReconcileLoop(CurrentDocuments documents, Reconcilers reconcilers, ReconcileReports reports, TimeProvider clock, ILogger<ReconcileLoop> logger) : BackgroundService
{
    /// <summary>The longest time between two passes: orphans are gone within 60 s (I8) at three passes a minute.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    /// <summary>One that was taken out ends its loop itself.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<string, Task>(StringComparer.Ordinal);
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = documents.Current;
            foreach (var cluster in now.Clusters.Where(cluster => !loops.TryGetValue(cluster.Name, out var loop) || loop.IsCompleted))
                loops[cluster.Name] = new ClusterLoop(cluster.Name, reconcilers, reports, clock, logger).RunAsync(stoppingToken);
            // A cluster that comes back while its loop is ending needs another one when it has ended.
            await Task.WhenAny([documents.WaitForOthersAsync(now, stoppingToken), .. loops.Values.Where(loop => !loop.IsCompleted)]);
            // What policy excepts now, a grant's pattern matches no more.
            if (documents.Current != now)
                documents.Current.Clusters.ToList().ForEach(cluster => reconcilers.BellOf(cluster.Name).CallLook());
        }

        await Task.WhenAll(loops.Values);
    }
}

/// <summary>Grants run out whether or not their cluster is in the documents still.</summary>
internal sealed partial class ExpiryLoop(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ExpiryLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ReconcileLoop.Period, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<GrantExpiry>().ExpireDueAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotExpired(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "Could not write down expired grants; trying again shortly.")]
    private partial void LogNotExpired(Exception exception);
}
