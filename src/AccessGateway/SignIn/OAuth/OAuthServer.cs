namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using AccessGateway.Contracts;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.AspNetCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>OAuth 2.0 for the plugin, by OpenIddict: authorization code with PKCE, device authorization grant, rotating
/// refresh tokens; and for machines: client credentials with a private key, ServiceAccount tokens.</summary>
internal static class OAuthServer
{
    public static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan DeviceCodeLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The claim that keeps a device log-in's address until it is confirmed.</summary>
    public const string AddressClaim = "device_address";

    /// <summary>The claim that keeps its host name until then.</summary>
    public const string DeviceClaim = "device_name";

    /// <summary>No vowels and nothing that looks like something else (RFC 8628, 6.1).</summary>
    public const string UserCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ";

    public static IServiceCollection AddOAuthServer(this IServiceCollection services)
    {
        services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<GatewayDbContext>())
            .AddServer(Configure)
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore();
                validation.EnableTokenEntryValidation();
                validation.EnableAuthorizationEntryValidation();
            });
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, OAuthKeys>();
        return services.AddScoped<OAuthEntries>().AddScoped<DevicePolls>();
    }

    private static void Configure(OpenIddictServerBuilder server)
    {
        server.SetAuthorizationEndpointUris(OAuth.AuthorizationEndpoint)
            .SetTokenEndpointUris(OAuth.TokenEndpoint)
            .SetDeviceAuthorizationEndpointUris(OAuth.DeviceAuthorizationEndpoint)
            .SetEndUserVerificationEndpointUris(OAuth.VerificationEndpoint, OAuthEndpoints.ConfirmDevicePath)
            .SetRevocationEndpointUris(OAuth.RevocationEndpoint);
        server.AllowAuthorizationCodeFlow().AllowDeviceAuthorizationFlow().AllowRefreshTokenFlow().AllowClientCredentialsFlow().AllowCustomFlow(OAuth.JwtBearerGrant).RequireProofKeyForCodeExchange();
        server.RegisterScopes(OAuth.ApiScope);
        server.UseReferenceAccessTokens().UseReferenceRefreshTokens();
        server.SetAccessTokenLifetime(AccessTokenLifetime)
            // No second chance for a refresh token: what somebody else redeems within a leeway would never be noticed.
            .SetRefreshTokenReuseLeeway(null)
            .SetDeviceCodeLifetime(DeviceCodeLifetime)
            .SetUserCodeLifetime(DeviceCodeLifetime)
            .SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(1));
        server.SetUserCodeCharset([.. UserCodeAlphabet.Select(letter => letter.ToString())]);
        server.Configure(options => options.CodeChallengeMethods.RemoveWhere(method => method != CodeChallengeMethods.Sha256));
        server.SetUserCodeLength(8).SetUserCodeDisplayFormat("{0}{1}{2}{3}-{4}{5}{6}{7}");
        server.UseAspNetCore()
            .EnableAuthorizationEndpointPassthrough()
            .EnableTokenEndpointPassthrough()
            .EnableEndUserVerificationEndpointPassthrough();
        server.AddEventHandler<OpenIddictServerEvents.ProcessSignInContext>(handler => handler
            .UseInlineHandler(RememberDevice)
            .SetOrder(OpenIddictServerHandlers.PrepareUserCodePrincipal.Descriptor.Order + 500));
        server.AddEventHandler<OpenIddictServerEvents.ApplyDeviceAuthorizationResponseContext>(handler => handler
            .UseInlineHandler(SayInterval)
            .SetOrder(int.MinValue + 100_000));
        server.AddEventHandler<OpenIddictServerEvents.ValidateTokenContext>(handler => handler
            .UseScopedHandler<TokenReuse>()
            .SetOrder(OpenIddictServerHandlers.Protection.ValidateTokenEntry.Descriptor.Order - 500));
        server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(handler => handler
            .UseScopedHandler<MachineTokenRequests>()
            .SetOrder(int.MinValue + 100_000));
        server.AddEventHandler<OpenIddictServerEvents.ValidateRevocationRequestContext>(handler => handler
            .UseScopedHandler<MachineTokenRequests>()
            .SetOrder(int.MinValue + 100_000));
        AddPluginAlone<OpenIddictServerEvents.ValidateAuthorizationRequestContext>(server);
        AddPluginAlone<OpenIddictServerEvents.ValidateDeviceAuthorizationRequestContext>(server);
        server.AddEventHandler<OpenIddictServerEvents.HandleRevocationRequestContext>(handler => handler
            .UseScopedHandler<TokenRevocation>()
            .SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order - 500));
    }

    private static void AddPluginAlone<TContext>(OpenIddictServerBuilder server)
        where TContext : OpenIddictServerEvents.BaseValidatingContext =>
        server.AddEventHandler<TContext>(handler => handler.UseSingletonHandler<PluginAlone<TContext>>().SetOrder(int.MinValue + 100_000));

    /// <summary>The page that confirms a device log-in shows where it was started.</summary>
    private static ValueTask RememberDevice(OpenIddictServerEvents.ProcessSignInContext context)
    {
        if (context.EndpointType == OpenIddictServerEndpointType.DeviceAuthorization)
        {
            context.UserCodePrincipal?.SetClaim(AddressClaim, ClientAddress.Of(context.Transaction.GetHttpRequest()?.HttpContext));
            context.UserCodePrincipal?.SetClaim(DeviceClaim, PluginLogins.DeviceName((string?)context.Request?[OAuth.DeviceParameter]));
        }

        return default;
    }

    private static ValueTask SayInterval(OpenIddictServerEvents.ApplyDeviceAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error))
            context.Response["interval"] = (long)DevicePoll.Interval.TotalSeconds;
        return default;
    }

    /// <summary>Tokens are signed and encrypted with keys that all replicas share.</summary>
    private sealed class OAuthKeys(GatewaySecrets secrets, IOptions<GatewayOptions> gateway, LoginLimits limits) : IConfigureOptions<OpenIddictServerOptions>
    {
        public void Configure(OpenIddictServerOptions options)
        {
            options.Issuer = new Uri(gateway.Value.PublicUrl);
            options.RefreshTokenLifetime = limits.PluginIdle;
            var key = ECDsa.Create();
            var signing = secrets.GetOrAdd("oauth-signing", NewSigningKey);
            key.ImportPkcs8PrivateKey(signing, out _);
            CryptographicOperations.ZeroMemory(signing);
            options.SigningCredentials.Add(new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = "1" }, SecurityAlgorithms.EcdsaSha256));
            options.EncryptionCredentials.Add(new EncryptingCredentials(
                new SymmetricSecurityKey(secrets.GetOrAdd("oauth-encryption", () => RandomNumberGenerator.GetBytes(32))) { KeyId = "1" },
                SecurityAlgorithms.Aes256KW,
                SecurityAlgorithms.Aes256CbcHmacSha512));
        }

        private static byte[] NewSigningKey()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return key.ExportPkcs8PrivateKey();
        }
    }
}
