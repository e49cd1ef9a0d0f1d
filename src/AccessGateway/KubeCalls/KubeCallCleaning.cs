namespace AccessGateway.KubeCalls;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Removes calls that are older than they are kept. The cluster's own audit log is the record; these are for a grant's page.</summary>
internal sealed partial class KubeCallCleaning(IServiceScopeFactory scopes, TimeProvider clock, ILogger<KubeCallCleaning> logger) : BackgroundService
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const int Batch = 1000;
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Several replicas may do so at once.</summary>
    public static async Task RemoveAsync(GatewayDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var edge = now - Kept;
        while (await db.KubeCalls.Where(row => row.NotedAt < edge).OrderBy(row => row.NotedAt).Take(Batch).ExecuteDeleteAsync(cancellationToken) == Batch)
        {
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await RemoveAsync(scope.ServiceProvider.GetRequiredService<GatewayDbContext>(), clock.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "Could not remove old calls of clusters; trying again later.")]
    private partial void LogFailed(Exception exception);
}
