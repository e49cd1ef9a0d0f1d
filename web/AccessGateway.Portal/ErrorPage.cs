namespace AccessGateway.Portal;

using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

/// <summary>The page for what went wrong outside any page; it depends on nothing that may be broken.</summary>
public static class ErrorPage
{
    /// <summary>Where the portal's static files are served.</summary>
    internal const string Assets = "_content/AccessGateway.Portal/";

    /// <param name="detail">What happened, for people; no markup.</param>
    public static Task WriteAsync(HttpContext context, int status, string? detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Render(status, detail), context.RequestAborted);
    }

    internal static string Render(int status, string? detail)
    {
        var (title, advice) = Words(status);
        var said = string.IsNullOrWhiteSpace(detail) ? "" : $"<p>{HtmlEncoder.Default.Encode(detail)}</p>";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} - AccessGateway</title>
            <link rel="icon" type="image/svg+xml" href="/{Assets}favicon.svg">
            <link rel="stylesheet" href="/{Assets}tokens.css">
            <link rel="stylesheet" href="/{Assets}portal.css">
            </head>
            <body>
            <main class="plain">
            <p class="brand">AccessGateway</p>
            <div class="panel">
            <p class="quiet">Error {status.ToString(CultureInfo.InvariantCulture)}</p>
            <h1>{title}</h1>
            {said}
            <p>{advice}</p>
            <p><a class="button" href="/">Go to my access</a></p>
            </div>
            </main>
            </body>
            </html>

            """;
    }

    private static (string Title, string Advice) Words(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ("That form cannot be used", "It is incomplete, or too old: signing in or out makes forms that were open before invalid. Go back, reload the page and try again."),
        StatusCodes.Status403Forbidden => ("Not allowed", "Your account may not do this. If it should, ask an administrator of the gateway."),
        StatusCodes.Status404NotFound => ("Nothing here", "Check the address. A request or grant that you may not see looks the same as one that does not exist."),
        StatusCodes.Status405MethodNotAllowed => ("Not this way", "This address only takes a form. Start again from the page that has the form."),
        StatusCodes.Status413PayloadTooLarge => ("Too much at once", "Shorten what you entered and try again."),
        StatusCodes.Status429TooManyRequests => ("Too many attempts", "Wait a little, then try again."),
        StatusCodes.Status503ServiceUnavailable => ("Not possible right now", "Wait a few seconds, then reload the page. If it lasts, tell the people who run this gateway."),
        >= 500 => ("Something broke", "Nothing more was done than what the audit log shows. Look at your access before you try again, and report it to the people who run this gateway."),
        _ => ("That did not work", "Go back and try again."),
    };
}
