namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Contracts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>
/// What OpenIddict leaves to us: who signs in, whether they agree, and whether they still may. The pages that ask are the portal's;
/// their forms post here.
/// </summary>
internal static class OAuthEndpoints
{
    public const string ConfirmDevicePath = "/connect/verify";

    /// <summary>The portal's page that asks whether kubectl on this computer may act for the signed-in user.</summary>
    public const string ConfirmPath = "/login/confirm";

    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void MapOAuth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(OAuth.AuthorizationEndpoint, AskAsync);
        routes.MapPost(OAuth.AuthorizationEndpoint, AuthorizeAsync);
        routes.MapPost(OAuth.TokenEndpoint, ExchangeAsync);
        routes.MapPost(ConfirmDevicePath, ConfirmDeviceAsync);
    }

    private static async Task<RedirectHttpResult> AskAsync(HttpContext context, Callers callers)
    {
        var query = context.Request.QueryString.ToString();
        return await SignedInAsync(context, callers) is null
            ? TypedResults.Redirect($"{BrowserCookies.SignInPath}?return={Uri.EscapeDataString(OAuth.AuthorizationEndpoint + query)}")
            : TypedResults.Redirect(ConfirmPath + query);
    }

    private static async Task<Results<SignInHttpResult, ForbidHttpResult, RedirectHttpResult, BadRequest>> AuthorizeAsync(
        HttpContext context, Callers callers, IAntiforgery antiforgery, PluginLogins logins)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return TypedResults.BadRequest();
        if (await SignedInAsync(context, callers) is not { } caller)
            return TypedResults.Redirect(BrowserCookies.SignInPath);
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("No OAuth request.");
        if ((string?)request["answer"] != "allow")
        {
            await logins.NoteDeniedAsync(caller, context.RequestAborted);
            return Denied();
        }

        var login = await logins.AllowAsync(caller, PluginLogin.ByBrowser, (string?)request[OAuth.DeviceParameter], ClientAddress.Of(context), context.RequestAborted);
        return TypedResults.SignIn(PrincipalOf(caller, login.Id, request.GetScopes()), authenticationScheme: Scheme);
    }

    private static async Task<Results<SignInHttpResult, ForbidHttpResult>> ExchangeAsync(
        HttpContext context, Callers callers, PluginLogins logins, ProviderConfirmations confirmations)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("No OAuth request.");
        if (request.IsClientCredentialsGrantType() || request.GrantType == OAuth.JwtBearerGrant)
            return await MachineTokens.ExchangeAsync(context, request);
        var grant = await context.AuthenticateAsync(Scheme);
        if (grant.Principal is not { } principal || await callers.FindAsync(principal, context.RequestAborted) is not { } caller)
            return NotExchanged(Errors.InvalidGrant, "The login has ended.");
        switch (await confirmations.ConfirmAsync(caller.UserId, context.RequestAborted))
        {
            case Confirmation.Confirmed:
                break;
            case Confirmation.Unavailable:
                return NotExchanged(Errors.TemporarilyUnavailable, "The identity provider cannot be asked whether the account may still sign in. Try again.");
            default:
                return NotExchanged(Errors.InvalidGrant, "The identity provider must confirm the account: sign in again.");
        }

        return await logins.RedeemAsync(principal, ClientAddress.Of(context), context.RequestAborted)
            ? TypedResults.SignIn(PrincipalOf(caller, principal.GetClaim(PluginLogins.Claim)!, principal.GetScopes()), authenticationScheme: Scheme)
            : NotExchanged(Errors.InvalidGrant, "The login has ended.");
    }

    public static ForbidHttpResult NotExchanged(string error, string description) => TypedResults.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [Scheme]);

    private static async Task<Results<SignInHttpResult, ForbidHttpResult, RedirectHttpResult, BadRequest>> ConfirmDeviceAsync(
        HttpContext context, Callers callers, IAntiforgery antiforgery, PluginLogins logins)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return TypedResults.BadRequest();
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var page = $"{OAuth.VerificationEndpoint}?user_code={Uri.EscapeDataString(form["user_code"].ToString())}";
        if (await SignedInAsync(context, callers) is not { } caller)
            return TypedResults.Redirect($"{BrowserCookies.SignInPath}?return={Uri.EscapeDataString(page)}");
        var device = await context.AuthenticateAsync(Scheme);
        if (device is not { Succeeded: true, Principal: { } principal })
            return TypedResults.Redirect($"{page}&problem=unknown");
        if (form["answer"] != "allow")
        {
            await logins.NoteDeniedAsync(caller, context.RequestAborted);
            return Denied($"{OAuth.VerificationEndpoint}?done=denied");
        }

        if (await logins.ConfirmDeviceAsync(caller, form["user_code"].ToString(), StepUpFields.Of(form), context.RequestAborted) is { } refusal)
            return TypedResults.Redirect($"{page}&problem={Uri.EscapeDataString(refusal.Code)}");
        var login = await logins.AllowAsync(
            caller, PluginLogin.ByDevice, principal.GetClaim(OAuthServer.DeviceClaim), principal.GetClaim(OAuthServer.AddressClaim) ?? "unknown", context.RequestAborted);
        return TypedResults.SignIn(
            PrincipalOf(caller, login.Id, principal.GetScopes()),
            new AuthenticationProperties { RedirectUri = $"{OAuth.VerificationEndpoint}?done=allowed" },
            Scheme);
    }

    private static ForbidHttpResult Denied(string? then = null) => TypedResults.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.AccessDenied,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = "The person said no.",
        })
        { RedirectUri = then },
        [Scheme]);

    private static async Task<Caller?> SignedInAsync(HttpContext context, Callers callers)
    {
        var cookie = await context.AuthenticateAsync(BrowserCookies.Scheme);
        return cookie.Principal is { } principal ? await callers.FindAsync(principal, context.RequestAborted) : null;
    }

    private static ClaimsPrincipal PrincipalOf(Caller caller, string loginId, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity(Scheme, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, caller.UserId);
        identity.SetClaim(PluginLogins.Claim, loginId);
        identity.SetScopes(scopes.Intersect([OAuth.ApiScope, Scopes.OfflineAccess]));
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
