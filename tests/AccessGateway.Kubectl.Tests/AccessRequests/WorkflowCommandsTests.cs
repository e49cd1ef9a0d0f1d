namespace AccessGateway.Kubectl.Tests.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class WorkflowCommandsTests
{
    private const string One = $"/access-requests/{PluginFixture.Request}";

    [Fact]
    public async Task Request_BreakGlass_StepsUpTakesTheGrantAndSaysWhoWasTold()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var taken = Views.AccessRequest(fixture.Time, AccessRequestState.Approved) with
        {
            Clusters = [new("dev", RiskLevel.Critical, null, PluginFixture.Grant)],
            ActivatedAt = fixture.Time.GetUtcNow(),
            BreakGlass = new BreakGlassView(fixture.Time.GetUtcNow().AddHours(24), false, null, null, null, null, false),
        };
        fixture.Gateway.OnAfterStepUp("POST /access-requests", StepUpActions.BreakGlass("dev", "admin"), _ => Reply.Json(taken, GatewayJson.Default.AccessRequestView, 201));

        var result = await fixture.RunAsync("request", "dev", "admin", "--break-glass", "--reason", "on fire", "--totp", FakeStepUp.GoodCode);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"broke the glass; its grant is {PluginFixture.Grant}", result.Out, StringComparison.Ordinal);
        Assert.Contains("Every administrator has been told", result.Error, StringComparison.Ordinal);
        Assert.Contains("\"breakGlass\":true", fixture.Gateway.Calls[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterReview_Verdict_IsSent()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET " + One, Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView);
        fixture.Gateway.OnAfterStepUp($"POST {One}/after-review", StepUpActions.Review(PluginFixture.Request), _ => Reply.Json(
            Views.AccessRequest(fixture.Time, AccessRequestState.Approved), GatewayJson.Default.AccessRequestView, 201));

        var result = await fixture.RunAsync("after-review", PluginFixture.Request, "--verdict", "notJustified", "--comment", "no fire", "--totp", FakeStepUp.GoodCode);

        Assert.Equal((0, $"Your review of {PluginFixture.Request} is recorded\n"), (result.ExitCode, result.Out));
        Assert.Equal("""{"verdict":"notJustified","comment":"no fire"}""", fixture.Gateway.Calls[^1].Body);
    }

    [Fact]
    public async Task Comment_Text_IsSent()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On($"POST {One}/comments", new CommentView("co-1", "ada", "why?", fixture.Time.GetUtcNow()), GatewayJson.Default.CommentView, 201);

        var result = await fixture.RunAsync("comment", PluginFixture.Request, "why?");

        Assert.Equal((0, $"Your comment stands on {PluginFixture.Request}\n"), (result.ExitCode, result.Out));
        Assert.Equal("""{"text":"why?"}""", fixture.Gateway.Calls[^1].Body);
    }

    [Fact]
    public async Task Requests_OneWithHistory_ShowsCommentsAndEventsEscaped()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        var now = fixture.Time.GetUtcNow();
        fixture.Gateway.On("GET " + One, Views.AccessRequest(fixture.Time), GatewayJson.Default.AccessRequestView);
        fixture.Gateway.On($"GET {One}/comments", new Page<CommentView>([new("co-1", "grace", "which \e[31mdisk?", now)], null), GatewayJson.Default.PageCommentView);
        fixture.Gateway.On($"GET {One}/history", new Page<AuditEventView>([new(1, now, "access_request.submitted", "ada", null, null, null, new Dictionary<string, string>())], null), GatewayJson.Default.PageAuditEventView);

        var result = await fixture.RunAsync("requests", PluginFixture.Request, "--history");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("grace", result.Out, StringComparison.Ordinal);
        Assert.Contains("which \\u{1B}[31mdisk?", result.Out, StringComparison.Ordinal);
        Assert.Contains("access_request.submitted by ada", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_Filters_AreSentEncoded()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On("GET /access-requests", new Page<AccessRequestView>([], null), GatewayJson.Default.PageAccessRequestView);

        await fixture.RunAsync("requests", "--cluster", "dev", "--text", "disk & co", "--to-review");

        Assert.Equal("?cluster=dev&text=disk%20%26%20co&toReview=true&limit=100", fixture.Gateway.Calls[^1].Query);
    }

    [Fact]
    public async Task Extend_NeedsApproval_SaysThatItWaits()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/extend", Views.AccessRequest(fixture.Time) with { Kind = AccessRequestKind.Extension, ExtendsGrantId = PluginFixture.Grant }, GatewayJson.Default.AccessRequestView, 202);

        var result = await fixture.RunAsync("extend", PluginFixture.Grant, "--for", "30m", "--reason", "not done");

        Assert.Equal((0, $"{PluginFixture.Request} waits for 1 approval\n"), (result.ExitCode, result.Out));
    }
}
