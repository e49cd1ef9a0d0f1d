namespace AccessGateway.Portal.Security;

using AccessGateway.SignIn;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>Takes the button by which a user says that they read their notices.</summary>
internal static class NoticeEndpoint
{
    public const string Path = "/notices/dismiss";

    public static void MapNotices(this IEndpointRouteBuilder routes) => routes.MapPost(Path, DismissAsync).RequireAuthorization(SignInExtensions.PortalPolicy).ExcludeFromDescription();

    private static async Task<Results<RedirectHttpResult, BadRequest>> DismissAsync(HttpContext context, Caller caller, IAntiforgery antiforgery, Notices notices)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return TypedResults.BadRequest();
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        await notices.DismissAsync(caller, [.. form["notice"].OfType<string>()], context.RequestAborted);
        return TypedResults.Redirect(BrowserCookies.LocalReturn(form["return"]));
    }
}
