namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>The registration of the plugin as an OAuth client: public, native, loopback redirects on any port (RFC 8252, 7.3).</summary>
internal static class PluginClient
{
    public static async Task RegisterAsync(IOpenIddictApplicationManager applications, CancellationToken cancellationToken)
    {
        var wanted = new OpenIddictApplicationDescriptor
        {
            ClientId = OAuth.ClientId,
            ClientType = ClientTypes.Public,
            ApplicationType = ApplicationTypes.Native,
            ConsentType = ConsentTypes.Explicit,
            DisplayName = "kubectl access",
            RedirectUris = { new Uri(OAuth.RedirectUri) },
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.Token,
                Permissions.Endpoints.DeviceAuthorization,
                Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.GrantTypes.DeviceCode,
                Permissions.GrantTypes.RefreshToken,
                Permissions.Prefixes.GrantType + OAuth.JwtBearerGrant,
                Permissions.ResponseTypes.Code,
                Permissions.Prefixes.Scope + OAuth.ApiScope,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        };
        if (await applications.FindByClientIdAsync(OAuth.ClientId, cancellationToken) is { } existing)
            await applications.UpdateAsync(existing, wanted, cancellationToken);
        else
            await applications.CreateAsync(wanted, cancellationToken);
    }
}
