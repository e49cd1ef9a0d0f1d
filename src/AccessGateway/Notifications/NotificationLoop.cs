namespace AccessGateway.Notifications;

using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>
/// Starts a pass for each notifier every two seconds, unless its last one is still at work: a receiver that hangs holds up nobody
/// else. Nothing in the gateway waits for any of it.
/// </summary>
internal sealed partial class NotificationLoop(CurrentDocuments documents, IServiceScopeFactory scopes, TimeProvider clock, ILogger<NotificationLoop> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var passes = new Dictionary<string, Task>();
        var pruneAt = clock.GetUtcNow();
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do
            {
                foreach (var notifier in documents.Current.Notifiers)
                    Start(passes, notifier.Name, services => services.GetRequiredService<NotifierPass>().RunAsync(notifier, stoppingToken), stoppingToken);
                if (clock.GetUtcNow() < pruneAt)
                    continue;
                pruneAt = clock.GetUtcNow() + PruneEvery;
                Start(passes, "", services => services.GetRequiredService<Outbox>().PruneAsync([.. documents.Current.Notifiers.Select(notifier => notifier.Name)], stoppingToken), stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(passes.Values);
        }
    }

    private void Start(Dictionary<string, Task> passes, string name, Func<IServiceProvider, Task> act, CancellationToken stopping)
    {
        if (!passes.TryGetValue(name, out var last) || last.IsCompleted)
            passes[name] = RunAsync(name, act, stopping);
    }

    private async Task RunAsync(string name, Func<IServiceProvider, Task> act, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await act(scope.ServiceProvider);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // What was claimed is tried again when the claim has run out.
        }
        catch (Exception e)
        {
            LogFailed(e, name);
        }
    }

    [LoggerMessage(LogLevel.Error, "Notifications of '{Notifier}' could not be read or written down; trying again shortly.")]
    private partial void LogFailed(Exception exception, string notifier);
}
