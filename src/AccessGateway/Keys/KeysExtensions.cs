namespace AccessGateway.Keys;

using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

internal static class KeysExtensions
{
    public static IServiceCollection AddKeys(this IServiceCollection services)
    {
        services.AddOptions<KeysOptions>().BindConfiguration("Keys", binder => binder.ErrorOnUnknownConfiguration = true);
        return services
            .AddSingleton<IValidateOptions<KeysOptions>, KeysOptionsCheck>()
            .AddSingleton<IConfigureOptions<KeyManagementOptions>, SealedXmlRepository.Configuration>()
            .AddSingleton<KeyEncryptionKeys>()
            .AddSingleton<KeyRing>()
            .AddSingleton<SecretBox>()
            .AddSingleton<GatewaySecrets>()
            .AddScoped<KeyInventory>()
            .AddScoped<KeyRotation>()
            .AddScoped<KeyRewrapping>();
    }
}
