namespace AccessGateway.SignIn;

using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>Looks at each code and token that comes to the OAuth server, before OpenIddict judges it: a used one ends its login, and a
/// device that asks too often is told to slow down.</summary>
internal sealed class TokenReuse(IOpenIddictTokenManager tokens, Logins logins, DevicePolls polls) : IOpenIddictServerHandler<OpenIddictServerEvents.ValidateTokenContext>
{
    public async ValueTask HandleAsync(OpenIddictServerEvents.ValidateTokenContext context)
    {
        var type = context.Principal?.GetTokenType();
        if (type is not (TokenTypeIdentifiers.Private.AuthorizationCode or TokenTypeIdentifiers.Private.DeviceCode or TokenTypeIdentifiers.RefreshToken)
            || context.TokenId is null || await tokens.FindByIdAsync(context.TokenId, context.CancellationToken) is not { } token)
            return;
        if (await tokens.HasStatusAsync(token, Statuses.Redeemed, context.CancellationToken))
        {
            if (context.Principal!.GetClaim(PluginLogins.Claim) is { } login)
                await logins.EndReusedAsync(login, context.CancellationToken);
        }
        else if (type == TokenTypeIdentifiers.Private.DeviceCode && await tokens.HasStatusAsync(token, Statuses.Inactive, context.CancellationToken)
            && !await polls.TakeAsync(context.TokenId, context.CancellationToken))
        {
            context.Reject(Errors.SlowDown, "Ask less often: five seconds more between two polls from now on.");
        }
    }
}

/// <summary>Revoking any token of a login ends the login: that is what <c>kubectl access logout</c> means.</summary>
internal sealed class TokenRevocation(Callers callers, Logins logins) : IOpenIddictServerHandler<OpenIddictServerEvents.HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(OpenIddictServerEvents.HandleRevocationRequestContext context)
    {
        // RFC 7009, 2.1; OpenIddict alone would let any client end what another was given.
        if (context.Request.ClientId is not { } client || !context.GenericTokenPrincipal.HasPresenter(client))
            context.Reject(Errors.InvalidToken, "The token was not given to this client.");
        else if (context.GenericTokenPrincipal.GetClaim(PluginLogins.Claim) is { } login && await callers.FindAsync(context.GenericTokenPrincipal, context.CancellationToken) is { } caller)
            await logins.EndAsync(caller, login, LoginEnd.SignedOut, context.CancellationToken);
    }
}
