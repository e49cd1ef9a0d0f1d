namespace AccessGateway.SignIn;

using Microsoft.Extensions.DependencyInjection;

internal static class FactorsExtensions
{
    public static IServiceCollection AddFactors(this IServiceCollection services) => services
        .AddScoped<Notices>()
        .AddScoped<FactorTrail>()
        .AddScoped<Factors>()
        .AddScoped<TotpOffers>()
        .AddScoped<RecoveryCodes>();
}
