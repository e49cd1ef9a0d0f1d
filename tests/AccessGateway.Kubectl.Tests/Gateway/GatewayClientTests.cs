namespace AccessGateway.Kubectl.Tests.Gateway;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class GatewayClientTests
{
    [Fact]
    public async Task Call_Refused_ShowsTheProblemAndItsFields()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("POST /access-requests", _ => Reply.Problem(
            422, ProblemCodes.Invalid, "Not acceptable\e[2J", errors: new() { ["duration"] = ["too long", "at most 1h"], ["reason"] = ["missing"] }));

        var result = await fixture.RunAsync("request", "dev", "admin");

        Assert.Equal(
            (1, "", "error: Not acceptable\\u{1B}[2J\n  duration: too long\n  duration: at most 1h\n  reason: missing\n"),
            (result.ExitCode, result.Out, result.Error));
    }

    [Fact]
    public async Task Call_Locked_SaysWhenToComeBack()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /me", _ => Reply.Problem(429, ProblemCodes.Locked, "Locked") with { Headers = new() { ["Retry-After"] = "90" } });

        Assert.Equal("error: Locked (try again in 1m30s)\n", (await fixture.RunAsync("whoami")).Error);
    }

    [Theory]
    [InlineData(200, "text/html", "<html>")]
    [InlineData(200, "application/json", "{")]
    [InlineData(200, "application/json", "null")]
    [InlineData(302, "text/html", "")]
    [InlineData(500, "text/plain", "Oops at System.String")]
    public async Task Call_AnswerOfSomethingElse_OneClearLine(int status, string contentType, string body)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /me", _ => new Reply(status, contentType, body));

        var result = await fixture.RunAsync("whoami");

        Assert.Equal(
            (1, $"error: this is not the answer of an access gateway (status {status}, {contentType}); is the server's address right?\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Call_Redirected_DoesNotFollow()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /me", _ => new Reply(307, "text/html", "") { Headers = new() { ["Location"] = fixture.Gateway.Address + "/api/v1/elsewhere" } });

        Assert.Equal(1, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(0, fixture.Gateway.Count("GET", "/api/v1/elsewhere"));
    }

    [Fact]
    public async Task Call_ServerGone_OneClearLine()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        await fixture.Gateway.DisposeAsync();

        var result = await fixture.RunAsync("whoami");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"error: {fixture.Gateway.Address} cannot be reached: ", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData(3, 3, new[] { "?limit=3" })]
    [InlineData(5, 5, new[] { "?limit=5", "?limit=3&cursor=2%2B", "?limit=1&cursor=4%2B" })]
    [InlineData(100, 7, new[] { "?limit=100", "?limit=98&cursor=2%2B", "?limit=96&cursor=4%2B", "?limit=94&cursor=6%2B" })]
    public async Task List_ManyPages_FollowsCursorsUpToTheLimit(int limit, int shown, string[] queries)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var pageSize = limit == 3 ? 3 : 2;
        fixture.Gateway.On("GET /grants", call =>
        {
            var from = call.Query.Contains("cursor=", StringComparison.Ordinal) ? call.Query.Split("cursor=")[1][0] - '0' : 0;
            var items = Enumerable.Range(from, Math.Min(pageSize, 7 - from)).Select(_ => Views.Grant(fixture.Time)).ToList();
            return Reply.Json(new Page<GrantView>(items, from + pageSize < 7 ? $"{from + pageSize}+" : null), GatewayJson.Default.PageGrantView);
        });

        var result = await fixture.RunAsync("grants", "--limit", $"{limit}", "-o", "name");

        Assert.Equal(shown, result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(queries, fixture.Gateway.Calls.Where(call => call.Path == "/api/v1/grants").Select(call => call.Query));
    }
}
