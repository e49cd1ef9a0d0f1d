namespace AccessGateway.Tests.Bindings;

using System.Net;
using AccessGateway.Bindings;
using k8s.Autorest;
using Xunit;

public sealed class RetryDelayTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 0, 0.05)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 0.5, 1)]
    [InlineData(4, 1, 8)]
    [InlineData(5, 1, 16)]
    [InlineData(1000, 1, 16)]
    [InlineData(1000, 0, 0.05)]
    public void After_Failures_ChanceUpToABoundThatDoubles(int failures, double chance, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryDelay.After(failures, chance));

    [Theory]
    [InlineData(3, 0, 3)]
    [InlineData(3, 1, 4)]
    [InlineData(3600, 0, 20)]
    [InlineData(-5, 1, 1)]
    public void After_Asked_NotBeforeThatAndNotForever(int asked, double chance, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryDelay.After(1, chance, TimeSpan.FromSeconds(asked)));

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "7", 7)]
    [InlineData(429, "Fri, 27 Nov 2026 12:00:09 GMT", 9)]
    [InlineData(429, "soon", null)]
    [InlineData(429, "-7", null)]
    [InlineData(500, "7", null)]
    public void AskedBy_Answer_ItsRetryAfter(int status, string header, int? seconds) => Assert.Equal(seconds is { } time ? TimeSpan.FromSeconds(time) : null, RetryDelay.AskedBy(Answer(status, header), Now));

    [Fact]
    public void AskedBy_AnythingElse_Nothing() => Assert.Null(RetryDelay.AskedBy(new TimeoutException(), Now));

    [Fact]
    public void Chance_ManyTimes_WithinBounds() => Assert.All(Enumerable.Range(0, 1000).Select(_ => RetryDelay.Chance()), chance => Assert.InRange(chance, 0, 1));

    private static HttpOperationException Answer(int status, string header)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Headers.TryAddWithoutValidation("Retry-After", header);
        return new HttpOperationException { Response = new HttpResponseMessageWrapper(response, "") };
    }
}
