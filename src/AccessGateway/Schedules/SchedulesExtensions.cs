namespace AccessGateway.Schedules;

using Microsoft.Extensions.DependencyInjection;

internal static class SchedulesExtensions
{
    public static IServiceCollection AddSchedules(this IServiceCollection services) => services.AddSingleton<Calendars>().AddScoped<OnCall>();
}
