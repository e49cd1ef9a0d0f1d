namespace AccessGateway.Portal.SignIn;

using Microsoft.AspNetCore.Http;

/// <summary>Holds an enrolment to the browser that has chosen its password: a link that somebody else read too shows them nothing more.</summary>
internal static class EnrolmentCookie
{
    public const string Name = "__Host-access-gateway-enrolment";

    public static string? Read(HttpContext context) => context.Request.Cookies[Name];

    public static void Set(HttpContext context, string ticket) => context.Response.Cookies.Append(Name, ticket, Options());

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(Name, Options());

    /// <summary>Lax, because links are opened from mails; it ends with the browser.</summary>
    private static CookieOptions Options() => new() { Path = "/", Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
}
