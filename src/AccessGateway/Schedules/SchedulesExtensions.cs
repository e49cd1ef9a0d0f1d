namespace AccessGateway.Schedules;

using Microsoft.Extensions.DependencyInjection;

internal static class SchedulesExtensions
{
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddHttpClient(Calendars.Client).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        return services.AddSingleton<Calendars>().AddScoped<OnCall>();
    }
}
