namespace AccessGateway.Server.Hosting;

using AccessGateway.SignIn;
using Microsoft.AspNetCore.Http;

/// <summary>Headers on every answer: no scripts but our own files, no frames, no foreign origins, nothing kept by caches.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    /// <summary>The one page whose form ends at the plugin's loopback address (RFC 8252): browsers hold redirects to form-action too.</summary>
    private const string ConfirmPolicy = Policy + " http://127.0.0.1:*";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(OAuthEndpoints.ConfirmPath) ? ConfirmPolicy : Policy;
        headers.StrictTransportSecurity = "max-age=31536000";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            if (response.Headers.CacheControl.Count == 0)
                response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}
