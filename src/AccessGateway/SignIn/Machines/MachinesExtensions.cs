namespace AccessGateway.SignIn;

using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

internal static class MachinesExtensions
{
    public static IServiceCollection AddMachines(this IServiceCollection services)
    {
        services.AddOptions<MachineOptions>().BindConfiguration("Machines", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddScoped<IAuthorizationHandler, MachineRequirementHandler>()
            .AddScoped<MachineRules>()
            .AddScoped<MachineSignIns>()
            .AddScoped<ServiceAccountSignIns>()
            .AddSingleton<MachineRefusals>()
            .AddHostedService<MachineRefusalLoop>()
            .AddScoped<MachineApplications>()
            .AddScoped<MachineDirectory>()
            .AddScoped<ClientAssertions>();
    }
}
