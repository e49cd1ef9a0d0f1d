namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

/// <summary>Remembers, in a cookie, whose account signed in last in this browser: it spares them the limit of their address, and proves
/// nothing else. (OWASP calls it a device cookie.)</summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection, IHttpContextAccessor http, TimeProvider clock)
{
    public const string Cookie = "__Host-access-gateway-known";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    private readonly IDataProtector _protector = protection.CreateProtector("AccessGateway.SignIn.KnownBrowser");

    public void Remember(HttpContext context, string userId) => context.Response.Cookies.Append(
        Cookie,
        _protector.Protect(JsonSerializer.Serialize(new Known(userId, clock.GetUtcNow() + Lifetime))),
        new CookieOptions { Path = "/", Secure = true, HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true, MaxAge = Lifetime });

    public bool Knows(string? userId)
    {
        if (userId is null || http.HttpContext?.Request.Cookies[Cookie] is not { Length: > 0 and < 2048 } cookie)
            return false;
        try
        {
            return JsonSerializer.Deserialize<Known>(_protector.Unprotect(cookie)) is { } known && known.UserId == userId && known.Until > clock.GetUtcNow();
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private sealed record Known(string UserId, DateTimeOffset Until);
}
