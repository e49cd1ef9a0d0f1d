namespace AccessGateway.SignIn;

using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Validation.AspNetCore;

/// <summary>The scheme of the API: a bearer token in the Authorization header (RFC 6750, 2.1), and nowhere else.</summary>
internal sealed class ApiTokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "api-token";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() =>
        AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) && header is { Parameter: { Length: > 0 } token } && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? await tokens.PrincipalOfAsync(Context, token) is { } principal ? AuthenticateResult.Success(new AuthenticationTicket(principal, Name)) : AuthenticateResult.Fail("The access token does not count.")
            : AuthenticateResult.NoResult();
}

/// <summary>
/// Whose an access token is. OpenIddict says it when the token first comes, from its signature and its entry. What may change since, whether the token,
/// its login and its user count, is asked at every call.
/// </summary>
internal sealed class ApiTokens(KnownTokens known, TokenStandings standings, Callers callers, LoginUse use)
{
    /// <summary>Null where it does not count, for whatever reason.</summary>
    public async Task<ClaimsPrincipal?> PrincipalOfAsync(HttpContext context, string token)
    {
        if ((known.Find(token) ?? await ReadAsync(context, token)) is not { } read || await standings.OfAsync(read) is not { } now
            || !await use.CountsAsync(now.Login, ClientAddress.Of(context), context.RequestAborted))
            return null;
        callers.Remember(now.User, read.Principal);
        return read.Principal;
    }

    private async Task<KnownToken?> ReadAsync(HttpContext context, string token)
    {
        var result = await context.AuthenticateAsync(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        return result.Succeeded ? known.Add(token, result.Principal) : null;
    }
}
