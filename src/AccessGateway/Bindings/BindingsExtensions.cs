namespace AccessGateway.Bindings;

using AccessGateway.Grants;
using Microsoft.Extensions.DependencyInjection;

internal static class BindingsExtensions
{
    public static IServiceCollection AddBindings(this IServiceCollection services) => services
        .AddScoped<BindingLedger>()
        .AddScoped<RoleDrift>()
        .AddScoped<NamespaceMatches>()
        .AddSingleton<ReconcileMetrics>()
        .AddSingleton<ReconcileReports>()
        .AddSingleton<Reconcilers>()
        .AddSingleton<IGrantBinder, GrantBinder>()
        .AddHostedService<ExpiryLoop>()
        .AddHostedService<ReconcileLoop>();
}
