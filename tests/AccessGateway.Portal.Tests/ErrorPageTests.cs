namespace AccessGateway.Portal.Tests;

using Microsoft.AspNetCore.Http;
using Xunit;

public sealed class ErrorPageTests
{
    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(418)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void Render_Status_IsACompletePageWithoutInlineStyleOrScript(int status)
    {
        var page = ErrorPage.Render(status, "What happened.");

        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Single(page.Split("<h1>").Skip(1));
        Assert.Contains("<title>", page, StringComparison.Ordinal);
        Assert.Contains("lang=\"en\"", page, StringComparison.Ordinal);
        Assert.Contains("What happened.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DetailWithMarkup_IsEscaped() =>
        Assert.DoesNotContain("<b>", ErrorPage.Render(400, "<b>bold</b>"), StringComparison.Ordinal);

    [Fact]
    public async Task WriteAsync_Status_SetsItAndTheType()
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;

        await ErrorPage.WriteAsync(context, 404, null);

        Assert.Equal(404, context.Response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", context.Response.ContentType);
        Assert.True(body.Length > 0);
    }
}
