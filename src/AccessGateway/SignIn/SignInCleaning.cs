namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Removes what has run out. Nothing waits for it: every read and write looks at the time itself.</summary>
internal sealed partial class SignInCleaning(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SignInCleaning> logger) : BackgroundService
{
    /// <summary>A name that nobody has tried for so long starts anew: longer than any lock, so that waiting gains nobody a guess.</summary>
    public static readonly TimeSpan AttemptsKept = TimeSpan.FromDays(1);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    public static async Task CleanAsync(GatewayDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (resting, served) = (now - AttemptsKept, now - StepUpProof.LongestService);
        await db.FailedAttempts.Where(row => row.LastAt <= resting && (row.LockedUntil == null || row.LockedUntil <= now)).ExecuteDeleteAsync(cancellationToken);
        await db.AddressFailures.Where(row => row.WindowEndsAt <= now).ExecuteDeleteAsync(cancellationToken);
        await db.StepUpProofs.Where(row => row.CreatedAt <= served).ExecuteDeleteAsync(cancellationToken);
        await db.StepUpPrompts.Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        await db.FactorOffers.Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        await db.SpentChallenges.Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await CleanAsync(scope.ServiceProvider.GetRequiredService<GatewayDbContext>(), clock.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "Could not remove what has run out of sign-ins; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
