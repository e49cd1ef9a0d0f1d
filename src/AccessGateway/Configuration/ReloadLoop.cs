namespace AccessGateway.Configuration;

using AccessGateway.Documents;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Watches the folder of documents, and enforces what is in force at the start and after each change.</summary>
internal sealed partial class ReloadLoop(ConfigurationReload reload, DocumentWatch watch, TimeProvider clock, ILogger<ReloadLoop> logger) : BackgroundService
{
    /// <summary>An operation that began under the documents before may still commit: for so long it is looked again.</summary>
    private static readonly TimeSpan Stragglers = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start is a change too: of what was offered before the gateway stopped.
        var changed = clock.GetUtcNow();
        var enforced = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await reload.LookAsync(stoppingToken))
                    (changed, enforced) = (clock.GetUtcNow(), false);
                if (!enforced)
                {
                    var over = clock.GetUtcNow() - changed >= Stragglers;
                    await reload.EnforceAsync(stoppingToken);
                    // Not before it succeeded once after the last of them: the database may be away meanwhile.
                    enforced = over;
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }

            await watch.WaitAsync(stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Error, "The documents could not be looked at or enforced; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
