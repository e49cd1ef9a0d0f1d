namespace AccessGateway.Server.Hosting;

using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

/// <summary>Turns what nobody expected into an answer: problem+json for the API, the portal's page for people.</summary>
internal sealed partial class Failures(RequestDelegate next, ILogger<Failures> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e.StatusCode, CodeOf(e.StatusCode), DetailOf(e));
        }
        catch (Exception e) when (!context.Response.HasStarted && IsOutage(e))
        {
            LogOutage(e);
            context.Response.Headers.RetryAfter = "5";
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable, "The gateway's database cannot be used at the moment. Nothing was changed; try again.");
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogBug(e);
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, ProblemCodes.InternalError, $"This is a bug of the gateway. Its log has the details under {Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier}.");
        }
    }

    /// <summary>Gives a bare status (an unknown path, a wrong method) a body.</summary>
    public static Task FillInAsync(StatusCodeContext context)
    {
        var status = context.HttpContext.Response.StatusCode;
        return AnswerAsync(context.HttpContext, status, CodeOf(status), status == StatusCodes.Status404NotFound ? "There is nothing under this address." : null);
    }

    private static Task AnswerAsync(HttpContext context, int status, string code, string? detail) =>
        IsForPrograms(context.Request)
            ? ProblemResults.Of(status, code, detail).ExecuteAsync(context)
            : Portal.ErrorPage.WriteAsync(context, status, detail);

    private static bool IsForPrograms(HttpRequest request) =>
        request.Path.StartsWithSegments("/api") || request.Path.StartsWithSegments("/connect/token") || !request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    private static bool IsOutage(Exception e) => e is DbException or TimeoutException || (e is DbUpdateException or InvalidOperationException && e.InnerException is DbException or TimeoutException);

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ProblemCodes.Malformed,
        StatusCodes.Status401Unauthorized => ProblemCodes.Unauthenticated,
        StatusCodes.Status403Forbidden => ProblemCodes.Forbidden,
        StatusCodes.Status404NotFound => ProblemCodes.NotFound,
        StatusCodes.Status413PayloadTooLarge => ProblemCodes.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => ProblemCodes.UnsupportedMediaType,
        StatusCodes.Status429TooManyRequests => ProblemCodes.RateLimited,
        StatusCodes.Status503ServiceUnavailable => ProblemCodes.Unavailable,
        >= 500 => ProblemCodes.InternalError,
        _ => ProblemCodes.Malformed,
    };

    /// <summary>Says where the JSON is wrong, in the words of the wire, not of our types.</summary>
    private static string DetailOf(BadHttpRequestException e) => e switch
    {
        { InnerException: JsonException json } => $"The body is not the JSON that is expected here: unknown or repeated field, wrong type, missing field or bad syntax at {json.Path ?? "$"} (line {json.LineNumber + 1}).",
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => "The body is larger than 64 KiB.",
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => "Send Content-Type: application/json.",
        _ => "The request is malformed.",
    };

    [LoggerMessage(LogLevel.Error, "A request failed for want of the database.")]
    private partial void LogOutage(Exception exception);

    [LoggerMessage(LogLevel.Error, "A request failed on a bug.")]
    private partial void LogBug(Exception exception);
}
