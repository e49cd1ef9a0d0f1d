namespace AccessGateway.Testing;

using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>What <see cref="TestProvider"/> serves: authorization code with PKCE, refresh tokens, user info, logout.</summary>
internal static class TestProviderServer
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Configure(OpenIddictServerBuilder server, Uri authority)
    {
        server.SetIssuer(authority)
            .SetAuthorizationEndpointUris("connect/authorize")
            .SetTokenEndpointUris("connect/token")
            .SetUserInfoEndpointUris("connect/userinfo")
            .SetEndSessionEndpointUris("connect/logout");
        server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
        server.RegisterScopes(Scopes.Profile, Scopes.Email, "groups");
        server.SetRefreshTokenReuseLeeway(TimeSpan.Zero);
        server.AddEncryptionKey(new RsaSecurityKey(TestKeys.NextRsa()));
        server.UseAspNetCore()
            .EnableAuthorizationEndpointPassthrough()
            .EnableTokenEndpointPassthrough()
            .EnableUserInfoEndpointPassthrough()
            .EnableEndSessionEndpointPassthrough();
    }

    public static OpenIddictApplicationDescriptor Client() => new()
    {
        ClientId = TestProvider.ClientId,
        ClientSecret = TestProvider.ClientSecret,
        ClientType = ClientTypes.Confidential,
        ConsentType = ConsentTypes.Implicit,
        Permissions =
        {
            Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.EndSession,
            Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
            Permissions.Scopes.Profile, Permissions.Scopes.Email, Permissions.Prefixes.Scope + "groups",
        },
    };

    public static void Map(WebApplication app, TestProvider provider)
    {
        app.MapMethods("/connect/authorize", ["GET", "POST"], context => AuthorizeAsync(context, provider));
        app.MapPost("/connect/token", context => ExchangeAsync(context, provider));
        app.MapMethods("/connect/userinfo", ["GET", "POST"], context => UserInfoAsync(context, provider));
        app.MapMethods("/connect/logout", ["GET", "POST"], context => LogOutAsync(context, provider));
    }

    private static async Task AuthorizeAsync(HttpContext context, TestProvider provider)
    {
        var request = context.GetOpenIddictServerRequest()!;
        if (provider.Cancels)
        {
            await RefuseAsync(context, Errors.AccessDenied);
            return;
        }

        var person = provider.Current ?? (provider.People.TryGetValue(context.Request.Query["person"].ToString(), out var chosen) ? chosen : null);
        if (person is null)
        {
            await ChooseAsync(context, provider);
            return;
        }

        if (person.Disabled)
        {
            await RefuseAsync(context, Errors.AccessDenied);
            return;
        }

        var identity = new ClaimsIdentity("provider", Claims.Name, Claims.Role);
        Describe(identity, person, context.RequestServices.GetRequiredService<TimeProvider>());
        identity.SetScopes(request.GetScopes());
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        await context.SignInAsync(Scheme, new ClaimsPrincipal(identity));
    }

    private static async Task ExchangeAsync(HttpContext context, TestProvider provider)
    {
        var result = await context.AuthenticateAsync(Scheme);
        if (result.Principal?.GetClaim(Claims.Subject) is not { } subject || !provider.People.TryGetValue(subject, out var person) || person.Disabled)
        {
            await RefuseAsync(context, Errors.InvalidGrant);
            return;
        }

        var identity = new ClaimsIdentity(result.Principal.Claims, "provider", Claims.Name, Claims.Role);
        Describe(identity, person, context.RequestServices.GetRequiredService<TimeProvider>());
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        await context.SignInAsync(Scheme, new ClaimsPrincipal(identity));
    }

    private static async Task UserInfoAsync(HttpContext context, TestProvider provider)
    {
        var result = await context.AuthenticateAsync(Scheme);
        var person = provider.People[result.Principal!.GetClaim(Claims.Subject)!];
        await context.Response.WriteAsJsonAsync(new Dictionary<string, object?> { ["sub"] = person.Subject, ["user_info_groups"] = person.Groups, ["acr"] = "from-user-info" });
    }

    private static async Task LogOutAsync(HttpContext context, TestProvider provider)
    {
        provider.Current = null;
        await context.Response.WriteAsync("signed out");
    }

    private static void Describe(ClaimsIdentity identity, ProviderPerson person, TimeProvider clock)
    {
        identity.SetClaim(Claims.Subject, person.Subject)
            .SetClaim(Claims.PreferredUsername, person.UserName)
            .SetClaim(Claims.Email, person.Email)
            .SetClaim(Claims.EmailVerified, person.EmailVerified)
            .SetClaim(Claims.AuthenticationContextReference, person.Acr)
            .SetClaim(Claims.AuthenticationTime, (person.AuthenticatedAt ?? clock.GetUtcNow()).ToUnixTimeSeconds())
            .SetClaims(Claims.AuthenticationMethodReference, [.. person.Amr])
            .SetClaims("groups", [.. person.Groups]);
    }

    private static Task RefuseAsync(HttpContext context, string error) => context.ForbidAsync(Scheme, new AuthenticationProperties(new Dictionary<string, string?>
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = TestProvider.BodyCanary,
    }));

    private static Task ChooseAsync(HttpContext context, TestProvider provider)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        var people = provider.People.Values.Select(person =>
            $"<p><a id=\"person-{WebUtility.HtmlEncode(person.Subject)}\" href=\"{WebUtility.HtmlEncode($"{context.Request.Path}{context.Request.QueryString}&person={person.Subject}")}\">{WebUtility.HtmlEncode(person.UserName)}</a></p>");
        return context.Response.WriteAsync($"<!DOCTYPE html><title>Provider</title><h1>Who are you?</h1>{string.Concat(people)}");
    }
}
