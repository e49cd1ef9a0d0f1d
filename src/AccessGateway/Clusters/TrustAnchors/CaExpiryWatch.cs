namespace AccessGateway.Clusters;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Looks every ten minutes when CAs end, and says so once a day where it is soon.</summary>
internal sealed partial class CaExpiryWatch(IServiceScopeFactory scopes, CaExpiry expiry, TimeProvider clock, ILogger<CaExpiryWatch> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Again = TimeSpan.FromDays(1);

    private readonly Dictionary<(string Cluster, string State, DateTimeOffset NotAfter), DateTimeOffset> _said = [];

    /// <summary>One look.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var ends = await scope.ServiceProvider.GetRequiredService<CaEnds>().ListAsync(cancellationToken);
        expiry.Saw(ends);
        var now = clock.GetUtcNow();
        foreach (var end in ends)
        {
            var key = (end.Cluster, end.State, end.NotAfter);
            if (end.Warning(now) is not { } warning || (_said.TryGetValue(key, out var said) && now - said < Again))
                continue;
            _said[key] = now;
            LogWarning(warning);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    private partial void LogWarning(string warning);

    [LoggerMessage(LogLevel.Error, "Could not look when CAs end; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
