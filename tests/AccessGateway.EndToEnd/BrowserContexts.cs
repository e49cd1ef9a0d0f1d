namespace AccessGateway.EndToEnd;

using AccessGateway.Testing;
using Microsoft.Playwright;

internal static class BrowserContexts
{
    /// <summary>Signed in by the gateway's own cookie, without the form.</summary>
    public static async Task SignInAsync(this IBrowserContext context, TestGateway gateway, TestUser user)
    {
        var (cookies, _) = await gateway.BrowserAsync(user);
        var login = cookies.Split("; ")[0].Split('=', 2);
        await context.AddCookiesAsync([new() { Name = login[0], Value = login[1], Url = gateway.Address.ToString(), Secure = true, HttpOnly = true }]);
    }
}
