namespace AccessGateway.SignIn;

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Client;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>
/// The OpenID Connect client, by OpenIddict: authorization code with PKCE S256, state tokens that are kept in the database and
/// spent once, nonce, <c>iss</c> (RFC 9207), a redirect URI for each provider. Discovery happens at the first use, for each by itself.
/// </summary>
internal static class ProviderClient
{
    /// <summary>How long a person may take at the provider.</summary>
    public static readonly TimeSpan StateLifetime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan HttpTimeout = TimeSpan.FromSeconds(15);

    public static IServiceCollection AddProviderClient(this IServiceCollection services)
    {
        services.AddOpenIddict().AddClient(client =>
        {
            client.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
            client.SetStateTokenLifetime(StateLifetime);
            client.DisableWebServicesFederationClaimMapping();
            client.UseAspNetCore()
                .EnableRedirectionEndpointPassthrough()
                .EnableErrorPassthrough()
                .DisableAutomaticAuthenticationSchemeForwarding()
                .Configure(options => options.CookieBuilder = Correlation());
            client.UseSystemNetHttp()
                // A redeemed code or refresh token must not be sent twice; the person or the plugin tries again.
                .Configure(options => options.HttpResiliencePipeline = null)
                .ConfigureHttpClient(http =>
                {
                    http.Timeout = HttpTimeout;
                    http.MaxResponseContentBufferSize = 1024 * 1024;
                })
                .ConfigureHttpClientHandler(Trust);
            client.AddEventHandler<OpenIddictClientEvents.HandleConfigurationResponseContext>(handler => handler
                .UseInlineHandler(CheckConfiguration)
                .SetOrder(int.MaxValue - 1000));
        });
        return services.AddSingleton<IConfigureOptions<OpenIddictClientOptions>, Registrations>();
    }

    /// <summary>Where the provider sends the browser back to, below <c>PublicUrl</c>.</summary>
    public static string CallbackPath(string provider) => $"/sign-in/provider/{provider}/callback";

    /// <summary>Lax is enough, because the answer comes as a top-level GET (response_mode=query).</summary>
    private static CookieBuilder Correlation() => new()
    {
        Name = "__Host-access-gateway-provider",
        Path = "/",
        HttpOnly = true,
        IsEssential = true,
        SameSite = SameSiteMode.Lax,
        SecurePolicy = CookieSecurePolicy.Always,
    };

    private static void Trust(OpenIddictClientRegistration registration, HttpClientHandler handler)
    {
        handler.AllowAutoRedirect = false;
        if (ProviderOf(registration).CertificateAuthorities is not { } authorities)
            return;
        // The pinned CAs and no others; the name counts as ever. Without a copy, two requests would share one chain.
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, errors) =>
        {
            if (certificate is null || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0)
                return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
            return chain.Build(certificate);
        };
    }

    /// <summary>A provider's document may name https addresses only, and S256 is asked for even of those that do not announce it.</summary>
    private static ValueTask CheckConfiguration(OpenIddictClientEvents.HandleConfigurationResponseContext context)
    {
        var configuration = context.Configuration;
        Uri?[] addresses = [
            configuration.AuthorizationEndpoint, configuration.TokenEndpoint, configuration.JsonWebKeySetUri,
            configuration.UserInfoEndpoint, configuration.EndSessionEndpoint, configuration.PushedAuthorizationEndpoint];
        if (addresses.Any(address => address is not null && address.Scheme != Uri.UriSchemeHttps))
            context.Reject(Errors.ServerError, "The provider's configuration names an address that is not https.");
        configuration.CodeChallengeMethodsSupported.Add(CodeChallengeMethods.Sha256);
        return default;
    }

    private static Provider ProviderOf(OpenIddictClientRegistration registration) => (Provider)registration.Properties[nameof(Provider)]!;

    /// <summary>One registration a provider; state tokens are sealed with keys that all replicas share.</summary>
    private sealed class Registrations(Providers providers, GatewaySecrets secrets, IOptions<GatewayOptions> gateway) : IConfigureOptions<OpenIddictClientOptions>
    {
        public void Configure(OpenIddictClientOptions options)
        {
            options.ClientUri = new Uri(gateway.Value.PublicUrl);
            options.CodeChallengeMethods.RemoveWhere(method => method != CodeChallengeMethods.Sha256);
            options.SigningCredentials.Add(new SigningCredentials(
                new SymmetricSecurityKey(secrets.GetOrAdd("provider-state-signing", NewKey)) { KeyId = "1" }, SecurityAlgorithms.HmacSha256));
            options.EncryptionCredentials.Add(new EncryptingCredentials(
                new SymmetricSecurityKey(secrets.GetOrAdd("provider-state-encryption", NewKey)) { KeyId = "1" },
                SecurityAlgorithms.Aes256KW,
                SecurityAlgorithms.Aes256CbcHmacSha512));
            options.Registrations.AddRange(providers.All.Select(RegistrationOf));
            // The client wants an address even where there is no provider; no provider can have this name.
            if (providers.All.Count == 0)
                options.RedirectionEndpointUris.Add(Relative(CallbackPath("-")));
        }

        private static OpenIddictClientRegistration RegistrationOf(Provider provider)
        {
            var registration = new OpenIddictClientRegistration
            {
                RegistrationId = provider.Name,
                ProviderName = provider.Name,
                Issuer = new Uri(provider.Issuer),
                ClientId = provider.Options.ClientId,
                ClientSecret = provider.ClientSecret,
                RedirectUri = Relative(CallbackPath(provider.Name)),
                CodeChallengeMethods = { CodeChallengeMethods.Sha256 },
                GrantTypes = { GrantTypes.AuthorizationCode, GrantTypes.RefreshToken },
                ResponseTypes = { ResponseTypes.Code },
                ResponseModes = { ResponseModes.Query },
                Properties = { [nameof(Provider)] = provider },
            };
            registration.Scopes.UnionWith(provider.Scopes);
            registration.TokenValidationParameters.ValidAlgorithms = [.. provider.Algorithms];
            registration.TokenValidationParameters.ClockSkew = Provider.ClockSkew;
            registration.TokenValidationParameters.RequireSignedTokens = true;
            return registration;
        }

        private static Uri Relative(string path) => new(path[1..], UriKind.Relative);

        private static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);
    }
}
