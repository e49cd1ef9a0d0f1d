namespace AccessGateway.Problems;

using System.Globalization;
using AccessGateway.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

/// <summary>The one mapping from a refusal to problem+json (RFC 9457).</summary>
internal static class ProblemResults
{
    public static ProblemHttpResult Of(Refusal refusal) => TypedResults.Problem(
        detail: refusal.Detail,
        statusCode: Status(refusal),
        title: Title(refusal),
        type: TypeOf(refusal.Code),
        extensions: Extensions(refusal));

    /// <summary>For what is refused before anything of the product is asked.</summary>
    public static ProblemHttpResult Of(int status, string code, string? detail, string? title = null) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: TypeOf(code), extensions: new Dictionary<string, object?> { ["code"] = code });

    private static string TypeOf(string code) => $"https://access-gateway.io/problems/{code}";

    public static int Status(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => StatusCodes.Status404NotFound,
        Refusal.Conflict => StatusCodes.Status409Conflict,
        Refusal.Forbidden or Refusal.StepUpRequired => StatusCodes.Status403Forbidden,
        Refusal.Invalid => StatusCodes.Status422UnprocessableEntity,
        Refusal.Locked => StatusCodes.Status429TooManyRequests,
        Refusal.ClusterFailed => StatusCodes.Status502BadGateway,
        Refusal.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new InvalidOperationException($"No status for {refusal.GetType().Name}."),
    };

    /// <summary>In whole seconds.</summary>
    public static int RetryAfter(Refusal.Locked locked) => (int)Math.Ceiling(locked.RetryAfter.TotalSeconds);

    private static string Title(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => "Not found",
        Refusal.Conflict => "Not possible in this state",
        Refusal.Forbidden => "Not allowed",
        Refusal.StepUpRequired => "Fresh MFA required",
        Refusal.Invalid => "Not acceptable as it is",
        Refusal.Locked => "Too many attempts",
        Refusal.ClusterFailed => "The cluster refused or failed",
        Refusal.Unavailable => "Not possible right now",
        _ => "Refused",
    };

    private static Dictionary<string, object?> Extensions(Refusal refusal)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = refusal.Code };
        switch (refusal)
        {
            case Refusal.Invalid { Errors.Count: > 0 } invalid:
                extensions["errors"] = invalid.Errors;
                break;
            case Refusal.StepUpRequired stepUp:
                extensions["action"] = stepUp.Action;
                extensions["methods"] = stepUp.Methods;
                extensions["maxAge"] = (int)stepUp.MaxAge.TotalSeconds;
                break;
            case Refusal.Locked locked:
                extensions["retryAfter"] = RetryAfter(locked);
                break;
            default:
                break;
        }

        return extensions;
    }

    /// <summary>Adds the headers that a refusal's status asks for; runs as a filter on every API group.</summary>
    public static async ValueTask<object?> AddHeaders(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var actual = result is INestedHttpResult nested ? nested.Result : result;
        if (actual is not ProblemHttpResult problem)
            return result;

        var headers = context.HttpContext.Response.Headers;
        switch (problem.ProblemDetails.Extensions.TryGetValue("code", out var code) ? code : null)
        {
            case ProblemCodes.StepUpRequired:
                headers.WWWAuthenticate = Challenge(problem.ProblemDetails.Extensions);
                break;
            case ProblemCodes.Locked when problem.ProblemDetails.Extensions.TryGetValue("retryAfter", out var seconds):
                headers.RetryAfter = Convert.ToString(seconds, CultureInfo.InvariantCulture);
                break;
            default:
                break;
        }

        return result;
    }

    /// <summary>RFC 9470, 3. The one context class is OpenID's for phishing-resistant authentication.</summary>
    private static string Challenge(IDictionary<string, object?> problem)
    {
        var context = problem["methods"] is IReadOnlyList<string> methods && !methods.Contains(StepUpMethods.Totp) ? ", acr_values=\"phr\"" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Bearer error=\"insufficient_user_authentication\", error_description=\"fresh MFA is required\", max_age=\"{problem["maxAge"]}\"{context}");
    }
}
