namespace AccessGateway.Portal.Layout;

using Microsoft.AspNetCore.Http;

internal static class HttpContextExtensions
{
    /// <summary>Answers 404 with the page's own body. The status is set last: the renderer gives a page that sets it earlier no body,
    /// so that the error page takes its place.</summary>
    public static void AnswerNotFound(this HttpContext context) => context.Response.OnStarting(() =>
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    public static string PostedField(this HttpContext context, string name) =>
        context.Request.HasFormContentType ? context.Request.Form[name].ToString() : "";
}
