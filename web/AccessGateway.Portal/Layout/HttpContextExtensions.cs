namespace AccessGateway.Portal.Layout;

using System.Globalization;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Http;

internal static class HttpContextExtensions
{
    /// <summary>Answers 404 with the page's own body. The status is set last: the renderer gives a page that sets it earlier no body,
    /// so that the error page takes its place.</summary>
    public static void AnswerNotFound(this HttpContext context) => context.Answer(StatusCodes.Status404NotFound);

    /// <summary>Answers 403 likewise.</summary>
    public static void AnswerForbidden(this HttpContext context) => context.Answer(StatusCodes.Status403Forbidden);

    /// <summary>Answers a refused form: 429 with Retry-After where it came too often, 200 otherwise, for the page says what is wrong.</summary>
    public static void AnswerRefused(this HttpContext context, Refusal? refusal)
    {
        if (refusal is not Refusal.Locked locked)
            return;
        context.Response.Headers.RetryAfter = ProblemResults.RetryAfter(locked).ToString(CultureInfo.InvariantCulture);
        context.Answer(StatusCodes.Status429TooManyRequests);
    }

    public static string PostedField(this HttpContext context, string name) =>
        context.Request.HasFormContentType ? context.Request.Form[name].ToString() : "";

    private static void Answer(this HttpContext context, int status) => context.Response.OnStarting(() =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });
}
