namespace AccessGateway.KubeCalls;

using Microsoft.Extensions.DependencyInjection;

internal static class KubeCallsExtensions
{
    public static IServiceCollection AddKubeCalls(this IServiceCollection services) => services
        .AddMetrics()
        .AddSingleton<KubeAuditMetrics>()
        .AddScoped<KubeAuditIntake>()
        .AddScoped<KubeCalls>()
        .AddHostedService<KubeCallCleaning>();
}
