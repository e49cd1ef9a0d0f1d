namespace AccessGateway.Kubectl.Tests.AccessRequests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class AccessRequestCommandsTests
{
    private const string One = $"/access-requests/{PluginFixture.Request}";

    [Fact]
    public async Task Request_EveryOption_IsSentAsGiven()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("POST /access-requests", Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView, 201);

        var result = await fixture.RunAsync(
            "request", "dev", "ns-editor", "--for", "1h30m", "--reason", "@INC-1: it burns", "--namespace", "a", "-n", "b",
            "--ticket", "T-1", "--starts-at", "2030-01-31T08:00:00+01:00");

        Assert.Equal((0, $"{PluginFixture.Request} waits for 1 approval\n", ""), (result.ExitCode, result.Out, result.Error));
        var body = fixture.Gateway.Calls.Single(call => call.Method == "POST" && call.Path.EndsWith("/access-requests", StringComparison.Ordinal)).Body;
        Assert.Equal(
            """{"cluster":"dev","role":"ns-editor","namespaces":["a","b"],"duration":"1h30m","reason":"@INC-1: it burns","ticket":"T-1","startsAt":"2030-01-31T07:00:00+00:00"}""",
            body);
    }

    [Fact]
    public async Task Request_ApprovedAtOnce_SaysHowToActivate()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("POST /access-requests", Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView, 201);

        Assert.Equal(
            $"{PluginFixture.Request} is approved; activate it with: kubectl access activate {PluginFixture.Request}\n",
            (await fixture.RunAsync("request", "dev", "admin")).Out);
    }

    [Fact]
    public async Task Request_Wait_PollsEveryTwoSecondsThroughAnOutage()
    {
        await using var fixture = await PendingAsync();
        fixture.Time.OnWait = wait =>
        {
            fixture.Gateway.Broken = wait is 2 or 3;
            if (wait == 5)
                fixture.Gateway.On("GET " + One, Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView);
        };

        var result = await fixture.RunAsync("request", "dev", "admin", "--wait");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is approved; activate it", result.Out, StringComparison.Ordinal);
        Assert.All(fixture.Time.Waits, wait => Assert.Equal(2, wait.TotalSeconds));
        Assert.Equal(5, fixture.Time.Waits.Count);
        Assert.DoesNotContain("\e", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WaitDenied_FailsWithWhoAndWhy()
    {
        await using var fixture = await PendingAsync();
        var denied = Views.AccessRequest(fixture.Time, AccessRequestState.Denied) with
        {
            Reviews = [new("grace", ReviewVerdict.Deny, "not today\r", fixture.Time.GetUtcNow())],
        };
        fixture.Gateway.On("GET " + One, denied, GatewayJson.Default.AccessRequestView);

        var result = await fixture.RunAsync("request", "dev", "admin", "--wait");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"error: {PluginFixture.Request} was denied by grace: not today\\u{{D}}\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WaitTooLong_FailsAfterTheTimeout()
    {
        await using var fixture = await PendingAsync();

        var result = await fixture.RunAsync("request", "dev", "admin", "--wait", "--timeout", "1m");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(30, fixture.Time.Waits.Count);
        Assert.Contains($"after 1m; it stays open, see: kubectl access requests {PluginFixture.Request}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WaitInterrupted_Ends130AndSaysItStaysOpen()
    {
        await using var fixture = await PendingAsync();
        using var interrupt = new CancellationTokenSource();
        fixture.Time.OnWait = _ => interrupt.Cancel();

        var result = await fixture.RunAsync(interrupt.Token, "request", "dev", "admin", "--wait");

        Assert.Equal(130, result.ExitCode);
        Assert.EndsWith($"take it back with: kubectl access withdraw {PluginFixture.Request}\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approve_Pending_ShowsItFirstAndSendsItsDigest()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET " + One, Views.AccessRequest(fixture.Time) with { Reason = "x\e[31m" }, GatewayJson.Default.AccessRequestView);
        fixture.Gateway.OnAfterStepUp($"POST {One}/reviews", StepUpActions.Review(PluginFixture.Request), _ => Reply.Json(
            Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView, 201));

        var result = await fixture.RunAsync("approve", PluginFixture.Request, "--comment", "go", "--totp", FakeStepUp.GoodCode);

        Assert.Equal((0, $"{PluginFixture.Request} is approved; ada may activate it now\n"), (result.ExitCode, result.Out));
        Assert.Contains("Role:       admin (ClusterRole cluster-admin)\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("Reason:     x\\u{1B}[31m\n", result.Error, StringComparison.Ordinal);
        var review = JsonSerializer.Deserialize(fixture.Gateway.Calls[^1].Body, GatewayJson.Default.SubmitReview)!;
        Assert.Equal((ReviewVerdict.Approve, "go", Views.Digest), (review.Verdict, review.Comment, review.Digest));
    }

    [Fact]
    public async Task Requests_Table_LooksLikeKubectl()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On(
            "GET /access-requests", new Page<AccessRequestView>([Views.AccessRequest(fixture.Time)], null), GatewayJson.Default.PageAccessRequestView);

        var result = await fixture.RunAsync("requests", "--state", "pending", "--role", "reviewer");

        Assert.Equal(
            "ID                 STATE     REQUESTER   CLUSTER   ROLE    DURATION   RISK       APPROVALS   CREATED   EXPIRES\n"
            + "ar-0123456789abc   Pending   ada         dev       admin   30m        critical   0/1         3m ago    in 60m\n",
            result.Out);
        Assert.Equal("?state=pending&role=reviewer&limit=100", fixture.Gateway.Calls[^1].Query);
    }

    [Theory]
    [InlineData("name", "accessrequest/ar-0123456789abc\n")]
    [InlineData("json", "{\n    \"items\": [\n        {\n            \"id\": \"ar-0123456789abc\",\n            \"state\": \"pending\",")]
    [InlineData("yaml", "items:\n- id: ar-0123456789abc\n  state: pending\n")]
    public async Task Requests_OtherFormats_AreForPrograms(string format, string start)
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On(
            "GET /access-requests", new Page<AccessRequestView>([Views.AccessRequest(fixture.Time)], null), GatewayJson.Default.PageAccessRequestView);

        Assert.StartsWith(start, (await fixture.RunAsync("requests", "-o", format)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_None_SaysSoBesideTheOutput()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /access-requests", new Page<AccessRequestView>([], null), GatewayJson.Default.PageAccessRequestView);

        var result = await fixture.RunAsync("requests");

        Assert.Equal((0, "", "No access requests found.\n"), (result.ExitCode, result.Out, result.Error));
    }

    private static async Task<PluginFixture> PendingAsync()
    {
        var fixture = await PluginFixture.SignedInAsync(skipWaits: true);
        fixture.Gateway.OAuth.Lifetime = TimeSpan.FromHours(5);
        fixture.Gateway.On("POST /access-requests", Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView, 201);
        fixture.Gateway.On("GET " + One, Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView);
        return fixture;
    }
}
