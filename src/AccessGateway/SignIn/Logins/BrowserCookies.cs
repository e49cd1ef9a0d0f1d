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

    /// <summary>Sets the cookie for a login that has just begun. Signing in always makes a new login: the browser's older one ends.</summary>
    public static async Task SignInAsync(HttpContext context, BrowserLogin login)
    {
        var services = context.RequestServices;
        if (LoginOf(context.User) is { } older && await services.GetRequiredService<Callers>().FindAsync(context.User, context.RequestAborted) is { } caller)
            await services.GetRequiredService<Logins>().EndAsync(caller, older, LoginEnd.Replaced, context.RequestAborted);
        services.GetRequiredService<KnownBrowsers>().Remember(context, login.UserId);
        var identity = new ClaimsIdentity([new(OpenIddictConstants.Claims.Subject, login.UserId), new(LoginClaim, login.Id)], Scheme);
        await context.SignInAsync(Scheme, new ClaimsPrincipal(identity));
    }

    public static string? LoginOf(ClaimsPrincipal principal) => principal.FindFirstValue(LoginClaim);

    /// <summary>Where to go after sign-in: the path asked for if it is one of ours, else the front page. What is escaped in it may be no
    /// worse: a proxy in between may resolve it.</summary>
    public static string LocalReturn(string? path) =>
        path is ['/', ..] && path.All(c => c is > ' ' and < '\x7f') && IsLocal(path) && IsLocal(Uri.UnescapeDataString(path)) ? path : "/";

    private static bool IsLocal(string path) => path is not ['/', '/', ..] && !path.Contains('\\', StringComparison.Ordinal) && !path.Any(char.IsControl);

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var user = context.Principal?.FindFirstValue(OpenIddictConstants.Claims.Subject);
        var login = context.Principal is { } principal ? LoginOf(principal) : null;
        var use = context.HttpContext.RequestServices.GetRequiredService<LoginUse>();
        if (user is null || login is null || !await use.IsCurrentAsync(login, user, ClientAddress.Of(context.HttpContext), context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(Scheme);
        }
    }
}
