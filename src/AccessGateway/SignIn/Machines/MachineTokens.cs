namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>The token endpoint's part for machines: an access token, and never a refresh token.</summary>
internal static class MachineTokens
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static async Task<Results<SignInHttpResult, ForbidHttpResult>> ExchangeAsync(HttpContext context, OpenIddictRequest request)
    {
        var services = context.RequestServices;
        var address = ClientAddress.Of(context);
        var outcome = request.IsClientCredentialsGrantType()
            ? await services.GetRequiredService<MachineSignIns>().ClientAsync(request.ClientId ?? "", address, context.RequestAborted)
            : await services.GetRequiredService<ServiceAccountSignIns>().SignInAsync((string?)request[OAuth.ClusterParameter], request.Assertion, address, context.RequestAborted);
        if (!outcome.Is(out var login, out var refusal))
            return OAuthEndpoints.NotExchanged(refusal is Refusal.Unavailable ? Errors.TemporarilyUnavailable : Errors.InvalidGrant, refusal.Detail);
        var principal = PrincipalOf(login);
        principal.SetAccessTokenLifetime(login.ExpiresAt - login.CreatedAt);
        return TypedResults.SignIn(principal, authenticationScheme: Scheme);
    }

    private static ClaimsPrincipal PrincipalOf(MachineLogin login)
    {
        var identity = new ClaimsIdentity(Scheme, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, login.UserId);
        identity.SetClaim(PluginLogins.Claim, login.Id);
        identity.SetScopes(OAuth.ApiScope);
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
