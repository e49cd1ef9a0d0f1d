namespace AccessGateway.Portal.SignIn;

using AccessGateway.SignIn;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>Takes the header's sign-out button.</summary>
internal static class SignOutEndpoint
{
    public const string Path = "/sign-out";

    public static void MapSignOut(this IEndpointRouteBuilder routes) => routes.MapPost(Path, SignOutAsync);

    private static async Task<Results<RedirectHttpResult, BadRequest>> SignOutAsync(
        HttpContext context, IAntiforgery antiforgery, Callers callers, Logins logins, IdentityLinks links)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return TypedResults.BadRequest();
        // The login ends in the database first: a copy of the cookie is worth nothing after that.
        string? provider = null;
        if (await callers.FindAsync(context.User, context.RequestAborted) is { } caller && BrowserCookies.LoginOf(context.User) is { } login)
        {
            await logins.EndAsync(caller, login, LoginEnd.SignedOut, context.RequestAborted);
            provider = await links.ProviderOfAsync(caller.UserId, context.RequestAborted);
        }

        await context.SignOutAsync(BrowserCookies.Scheme);
        return TypedResults.Redirect($"{BrowserCookies.SignInPath}?out=1{(provider is null ? "" : $"&provider={provider}")}");
    }
}
