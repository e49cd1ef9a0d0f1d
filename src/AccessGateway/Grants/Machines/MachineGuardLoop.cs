namespace AccessGateway.Grants;

using AccessGateway.Documents;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Lets <see cref="MachineGuard"/> look again and again, and keeps the registrations of clients equal to the documents.</summary>
internal sealed partial class MachineGuardLoop(IServiceScopeFactory scopes, TimeProvider clock, ILogger<MachineGuardLoop> logger) : BackgroundService
{
    /// <summary>Who leaves the documents is out within 5 s, a pod that is gone within 20: one pass of each kind takes part of that.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(3);

    private string? _registered;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await PassAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PassAsync(CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var digest = scope.ServiceProvider.GetRequiredService<GatewayDocuments>().Digest;
        if (_registered != digest)
        {
            await scope.ServiceProvider.GetRequiredService<MachineApplications>().SyncAsync(stopping);
            _registered = digest;
        }

        await scope.ServiceProvider.GetRequiredService<MachineGuard>().RunAsync(stopping);
    }

    [LoggerMessage(LogLevel.Error, "Could not look after the machines; trying again shortly.")]
    private partial void LogFailed(Exception exception);
}
