namespace AccessGateway.Outbound;

using Microsoft.Extensions.DependencyInjection;

internal static class OutboundExtensions
{
    public static IServiceCollection AddOutbound(this IServiceCollection services) => services.AddSingleton<OutboundHttp>();
}
