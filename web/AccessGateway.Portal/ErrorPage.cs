namespace AccessGateway.Portal;

using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

/// <summary>The page for what went wrong outside any page; it depends on nothing that may be broken.</summary>
public static class ErrorPage
{
    public static Task WriteAsync(HttpContext context, int status, string? detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync($"<!DOCTYPE html><title>{status}</title><p>{HtmlEncoder.Default.Encode(detail ?? "")}</p>");
    }
}
