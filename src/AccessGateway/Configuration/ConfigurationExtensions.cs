namespace AccessGateway.Configuration;

using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;

internal static class ConfigurationExtensions
{
    public static IServiceCollection AddConfigurationDocuments(this IServiceCollection services) => services
        .AddSingleton<CurrentDocuments>()
        .AddScoped(provider => provider.GetRequiredService<CurrentDocuments>().Current)
        .AddSingleton<DocumentWatch>()
        .AddSingleton<ConfigurationReload>()
        .AddHostedService<ReloadLoop>();
}
