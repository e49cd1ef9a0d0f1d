namespace AccessGateway.Approvals;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Writes down, a few times a minute, what reviewers let pass: reminders, escalations, overdue reviews of a break-glass.</summary>
internal sealed partial class ReviewClock(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ReviewClock> logger) : BackgroundService
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
                await scope.ServiceProvider.GetRequiredService<Reminders>().RunAsync(stoppingToken);
                await scope.ServiceProvider.GetRequiredService<AfterReviews>().NoteOverdueAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "Could not write down reminders; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
