namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

internal static class GrantsExtensions
{
    public static IServiceCollection AddGrants(this IServiceCollection services) => services
        .AddScoped<Grants>()
        .AddSingleton<GrantReads>()
        .AddScoped<GrantDetails>()
        .AddScoped<GrantExpiry>()
        .AddScoped<RoleBond>()
        .AddScoped<ActivationChecks>()
        .AddScoped<Activations>()
        .AddScoped<Extensions>()
        .AddScoped<ExtensionRequests>()
        .AddScoped<LaterEnds>()
        .AddScoped<GlassAlarm>()
        .AddScoped<WithdrawnOffers>()
        .AddScoped<HolderOffers>()
        .AddScoped<IBreakGlass, BreakGlass>()
        .AddScoped<HeldAccess>()
        .AddScoped<IHeldAccess>(provider => provider.GetRequiredService<HeldAccess>())
        .AddScoped<MachineGrants>()
        .AddScoped<MachineGuard>()
        .AddHostedService<MachineGuardLoop>();
}
