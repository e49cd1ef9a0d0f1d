namespace AccessGateway.AccessRequests;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Writes down, a few times a minute, which requests ran out. No decision waits for it: every read and write looks at the
/// time itself.</summary>
internal sealed partial class RequestExpiry(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RequestExpiry> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<RequestEnds>().ExpireDueAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "Could not write down expired requests; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
