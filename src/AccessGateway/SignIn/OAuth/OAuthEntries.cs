namespace AccessGateway.SignIn;

using OpenIddict.Abstractions;

/// <summary>OpenIddict's own rows behind a plugin login. <see cref="PluginLogin"/> decides; these are revoked with it, so that no
/// check of OpenIddict's own would pass either.</summary>
internal sealed class OAuthEntries(IOpenIddictAuthorizationManager authorizations, IOpenIddictTokenManager tokens)
{
    /// <summary>In the caller's transaction.</summary>
    public async Task RevokeAsync(string authorizationId, CancellationToken cancellationToken)
    {
        if (await authorizations.FindByIdAsync(authorizationId, cancellationToken) is { } authorization)
            await authorizations.TryRevokeAsync(authorization, cancellationToken);
        await tokens.RevokeByAuthorizationIdAsync(authorizationId, cancellationToken);
    }
}
