namespace AccessGateway.Tests.Api;

using System.Net;
using System.Net.Http.Json;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>The workflow over HTTP and in the portal: the same services, the same answers.</summary>
public sealed class WorkflowApiTests : IAsyncLifetime
{
    private const string Hostile = "</script><i onclick=x>\u202E\e[31m";

    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private TestUser _root = null!;
    private HttpClient _asAlice = null!;
    private HttpClient _asRoot = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        await _gateway.ListenAsync();
        (_alice, _root) = (await _gateway.AddUserAsync("alice", "platform", "on-call"), await _gateway.AddUserAsync("root", "administrators"));
        (_asAlice, _asRoot) = (await _gateway.SignInAsync(_alice), await _gateway.SignInAsync(_root));
    }

    public async ValueTask DisposeAsync()
    {
        _asAlice.Dispose();
        _asRoot.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Extend_BeyondTheLimit_202WithTheRequestThenActivated()
    {
        var grant = await _gateway.GrantAsync(_alice, "30m");
        using var answer = await PostAsync(_asAlice, $"/api/v1/grants/{grant.Id}/extend", """{"duration":"1h","reason":"not done yet"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var request = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.AccessRequestView))!;
        Assert.Equal(answer.Headers.Location!.ToString(), $"/api/v1/access-requests/{request.Id}");
        Assert.Equal((AccessRequestKind.Extension, "not done yet", (DateTimeOffset?)grant.NotAfter.AddHours(1)), (request.Kind, request.Reason, request.ExtendsTo));
        await _gateway.ReviewAsync(_root, request.Id);
        var proof = await _gateway.ProveAsync(_asAlice, _alice, StepUpActions.Activate(request.Id));
        using var activated = await PostAsync(_asAlice, $"/api/v1/access-requests/{request.Id}/activate", body: null, proof);
        Assert.Equal(grant.NotAfter.AddHours(1), (await activated.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items.Single().NotAfter);
    }

    [Fact]
    public async Task BreakGlass_OverHttp_StepUpThenGrantThenReviewedAfterwards()
    {
        const string body = """{"cluster":"dev","role":"admin","duration":"20m","reason":"everything is on fire","breakGlass":true}""";
        using var refused = await PostAsync(_asAlice, "/api/v1/access-requests", body);
        Assert.Equal((HttpStatusCode.Forbidden, "break-glass:dev.admin"), (refused.StatusCode, (await refused.Content.ReadFromJsonAsync(GatewayJson.Default.Problem))!.Action));
        using var answer = await PostAsync(_asAlice, "/api/v1/access-requests", body, await _gateway.ProveAsync(_asAlice, _alice, StepUpActions.BreakGlass("dev", "admin")));
        var request = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.AccessRequestView))!;
        Assert.Single(request.GrantIds);
        Assert.Contains(request.Id, await PageAsync(_root, "/audit"), StringComparison.Ordinal);
        Assert.Contains("Break-glass to be reviewed", await PageAsync(_root, "/"), StringComparison.Ordinal);
        Assert.DoesNotContain("Break-glass to be reviewed", await PageAsync(_alice, "/"), StringComparison.Ordinal);
        Assert.Contains("Not justified", await PageAsync(_root, $"/requests/{request.Id}"), StringComparison.Ordinal);

        using var wrong = await PostAsync(_asRoot, $"/api/v1/access-requests/{request.Id}/after-review", """{"verdict":"maybe"}""");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var reviewed = await PostAsync(
            _asRoot, $"/api/v1/access-requests/{request.Id}/after-review", """{"verdict":"justified"}""", await _gateway.ProveAsync(_asRoot, _root, StepUpActions.Review(request.Id)));
        Assert.Equal(HttpStatusCode.Created, reviewed.StatusCode);
        Assert.DoesNotContain("Break-glass to be reviewed", await PageAsync(_root, "/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewRequestPage_BreakGlass_OfferedWithAWarningToWhomPolicyNames()
    {
        Assert.Contains("Break the glass", await PageAsync(_alice, "/requests/new?cluster=dev&role=admin"), StringComparison.Ordinal);
        var mallory = await _gateway.AddUserAsync("mallory", "platform");
        Assert.DoesNotContain("Break the glass", await PageAsync(mallory, "/requests/new?cluster=dev&role=admin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_OverHttp_AsWrittenThereAndEscapedOnThePage()
    {
        var request = await _gateway.SubmitAsync(_alice, "admin");
        using var added = await _asAlice.PostAsJsonAsync($"/api/v1/access-requests/{request.Id}/comments", new SubmitComment { Text = Hostile }, GatewayJson.Default.SubmitComment);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var page = await _asAlice.GetFromJsonAsync($"/api/v1/access-requests/{request.Id}/comments", GatewayJson.Default.PageCommentView);
        Assert.Equal(Hostile, Assert.Single(page!.Items).Text);
        var html = await PageAsync(_alice, $"/requests/{request.Id}");
        Assert.DoesNotContain("<i onclick", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', html);
        var history = await _asAlice.GetFromJsonAsync($"/api/v1/access-requests/{request.Id}/history", GatewayJson.Default.PageAuditEventView);
        Assert.Equal(["access_request.submitted", "access_request.commented"], history!.Items.Select(row => row.Type));
    }

    [Theory]
    [InlineData("comments", "{}", 400)]
    [InlineData("comments", """{"text":7}""", 400)]
    [InlineData("comments", """{"text":"  "}""", 422)]
    [InlineData("comments", """{"text":"\u0000"}""", 422)]
    [InlineData("after-review", """{"verdict":"justified"}""", 409)]
    [InlineData("after-review", """{"verdict":"notJustified"}""", 422)]
    public async Task Post_BadInput_ClearProblem(string what, string body, int status)
    {
        var request = await _gateway.SubmitAsync(_alice, "admin");
        using var answer = await PostAsync(_asRoot, $"/api/v1/access-requests/{request.Id}/{what}", body, proof: "x");
        Assert.Equal(status, (int)answer.StatusCode);
        using var unknown = await PostAsync(_asRoot, $"/api/v1/access-requests/ar-nothing/{what}", body, proof: "x");
        Assert.Equal(status == 409 ? 404 : status, (int)unknown.StatusCode);
    }

    [Theory]
    [InlineData("?cluster=%00", 422)]
    [InlineData("?cluster=..", 422)]
    [InlineData("?toReview=perhaps", 400)]
    [InlineData("?text=%00", 200)]
    [InlineData("?toReview=true&text=disk&cluster=dev", 200)]
    public async Task List_Filters_ClearAnswer(string query, int status)
    {
        using var answer = await _asAlice.GetAsync(new Uri($"/api/v1/access-requests{query}", UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string? body, string? proof = null)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        if (proof is not null)
            message.Headers.Add(StepUpActions.Header, proof);
        return client.SendAsync(message);
    }

    private async Task<string> PageAsync(TestUser user, string path)
    {
        using var browser = _gateway.Anonymous();
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add("Cookie", (await _gateway.BrowserAsync(user)).Cookies);
        using var answer = await browser.SendAsync(message);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
