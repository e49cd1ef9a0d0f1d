namespace AccessGateway.SignIn;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

internal static class ProvidersExtensions
{
    /// <summary>Single sign-on: <c>SignIn:Providers</c>.</summary>
    public static IServiceCollection AddProviders(this IServiceCollection services)
    {
        services.AddOptions<SignInOptions>().BindConfiguration("SignIn", binder => binder.ErrorOnUnknownConfiguration = true);
        services.AddSingleton<IValidateOptions<SignInOptions>, SignInOptionsValidation>();
        return services
            .AddProviderClient()
            .AddSingleton<Providers>()
            .AddSingleton<ProviderConfirmations>()
            .AddScoped<ProviderAccounts>()
            .AddScoped<ProviderGroups>()
            .AddScoped<ProviderSignIns>()
            .AddScoped<ProviderRefresh>()
            .AddScoped<ProviderEffects>()
            .AddScoped<PendingSignIns>()
            .AddScoped<IdentityLinks>()
            .AddScoped<ProviderLoginEnds>();
    }
}
