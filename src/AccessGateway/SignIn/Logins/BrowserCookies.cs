namespace AccessGateway.SignIn;

using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;

/// <summary>The cookie that names a <see cref="BrowserLogin"/>; each request asks the database whether that still counts.</summary>
internal static class BrowserCookies
{
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;
    public const string SignInPath = "/sign-in";

    private const string LoginClaim = "browser_login";

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "__Host-access-gateway";
        options.Cookie.Path = "/";
        options.Cookie.HttpOnly = true;
        options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.IsEssential = true;
        options.ExpireTimeSpan = BrowserLogin.AbsoluteLimit;
        options.SlidingExpiration = false;
        options.LoginPath = SignInPath;
        options.AccessDeniedPath = SignInPath;
        options.ReturnUrlParameter = "return";
        options.Events.OnValidatePrincipal = ValidateAsync;
    }

    /// <summary>Sets the cookie for a login that has just begun; an older cookie of the browser is replaced.</summary>
    public static Task SignInAsync(HttpContext context, BrowserLogin login)
    {
        context.RequestServices.GetRequiredService<KnownBrowsers>().Remember(context, login.UserId);
        var identity = new ClaimsIdentity([new(OpenIddictConstants.Claims.Subject, login.UserId), new(LoginClaim, login.Id)], Scheme);
        return context.SignInAsync(Scheme, new ClaimsPrincipal(identity));
    }

    public static string? LoginOf(ClaimsPrincipal principal) => principal.FindFirstValue(LoginClaim);

    /// <summary>Where to go after sign-in: the path asked for if it is one of ours, else the front page.</summary>
    public static string LocalReturn(string? path) =>
        path is ['/', ..] and not (['/', '/', ..] or ['/', '\\', ..]) && path.All(c => c is > ' ' and not '\\' and < '\x7f') ? path : "/";

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var user = context.Principal?.FindFirstValue(OpenIddictConstants.Claims.Subject);
        var login = context.Principal is { } principal ? LoginOf(principal) : null;
        var signIns = context.HttpContext.RequestServices.GetRequiredService<SignIns>();
        if (user is null || login is null || !await signIns.IsCurrentAsync(login, user, context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(Scheme);
        }
    }
}
