namespace AccessGateway.SignIn;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Lets <see cref="MachineRefusals"/> write, every few seconds and at the end.</summary>
internal sealed partial class MachineRefusalLoop(MachineRefusals refusals, TimeProvider clock, ILogger<MachineRefusalLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryWriteAsync(all: true, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryWriteAsync(all: false, stoppingToken);
    }

    private async Task TryWriteAsync(bool all, CancellationToken cancellationToken)
    {
        try
        {
            await refusals.WriteAsync(all, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e);
        }
    }

    [LoggerMessage(LogLevel.Error, "Could not write refused sign-ins of machines to the audit log; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
