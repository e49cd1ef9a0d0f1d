namespace AccessGateway.SignIn;

using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

internal static class PasskeysExtensions
{
    /// <summary>Of ASP.NET Core Identity the passkey handler and what it reads through; none of its cookies, and no table of its own.</summary>
    public static IServiceCollection AddPasskeys(this IServiceCollection services)
    {
        services.AddIdentityCore<User>().AddUserStore<PasskeyStore>();
        return services
            .AddScoped<IPasskeyHandler<User>, PasskeyHandler<User>>()
            .AddSingleton<PasskeyRules>()
            .AddSingleton<IConfigureOptions<IdentityPasskeyOptions>>(provider => provider.GetRequiredService<PasskeyRules>())
            .AddScoped<PasskeyChallenges>()
            .AddScoped<Passkeys>()
            .AddScoped<PasskeyOffers>()
            .AddScoped<PasskeySignIns>()
            .AddScoped<PasskeyStepUps>();
    }
}
