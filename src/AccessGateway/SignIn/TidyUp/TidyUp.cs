namespace AccessGateway.SignIn;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Removes leftovers now and then. Nothing waits for it: every check looks at the time itself.</summary>
internal sealed partial class TidyUp(IServiceScopeFactory scopes, TimeProvider clock, ILogger<TidyUp> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var removed = await scope.ServiceProvider.GetRequiredService<Leftovers>().RemoveAsync(stoppingToken);
                if (removed > 0)
                    LogRemoved(removed);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Information, "Removed {Rows} rows of ended logins, used links, proofs and tokens.")]
    private partial void LogRemoved(int rows);

    [LoggerMessage(LogLevel.Error, "Could not remove ended logins, used links, proofs and tokens; trying again later.")]
    private partial void LogFailed(Exception exception);
}
