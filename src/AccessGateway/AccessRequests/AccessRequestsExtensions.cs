namespace AccessGateway.AccessRequests;

using Microsoft.Extensions.DependencyInjection;

internal static class AccessRequestsExtensions
{
    public static IServiceCollection AddAccessRequests(this IServiceCollection services) => services
        .AddScoped<AccessRequests>()
        .AddScoped<RequestBlastRadii>()
        .AddHostedService<RequestExpiry>();
}
