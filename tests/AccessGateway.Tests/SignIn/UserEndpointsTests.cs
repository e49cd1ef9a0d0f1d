namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Json;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

public sealed class UserEndpointsTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _root = null!;
    private HttpClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _root = await _gateway.AddUserAsync("root", "administrators");
        _admin = await _gateway.SignInAsync(_root);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Add_New_LinkOnceAndNowhereElse()
    {
        var (status, text) = await ChangeAsync("POST", "/api/v1/users", "carol", """{"name":"carol","groups":["platform","sre"]}""");
        Assert.Equal(HttpStatusCode.Created, status);
        var invitation = System.Text.Json.JsonSerializer.Deserialize(text, GatewayJson.Default.Invitation)!;
        Assert.Equal(("carol", UserState.Invited), (invitation.User.Name, invitation.User.State));
        Assert.Equal(["platform", "sre"], invitation.User.Groups);
        Assert.Equal(_gateway.Clock.GetUtcNow() + Enrolments.LinkLifetime, invitation.ExpiresAt);
        Assert.StartsWith("https://localhost/enrol/", invitation.EnrolmentLink, StringComparison.Ordinal);
        var secret = invitation.EnrolmentLink.Split('/')[^1];
        Assert.NotNull(TestGateway.Value(await _gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(secret, default))));

        Assert.DoesNotContain(secret, await _admin.GetStringAsync(new Uri("/api/v1/users/carol", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await _admin.GetStringAsync(new Uri("/api/v1/audit/events?limit=500", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains(await _gateway.AuditAsync(), row => row is { Type: "user.added", Actor: "root" });
        Assert.Equal(HttpStatusCode.Conflict, (await ChangeAsync("POST", "/api/v1/users", "carol", """{"name":"carol"}""")).Status);
    }

    [Fact]
    public async Task Change_EveryWay_AnsweredAndAudited()
    {
        await _gateway.AddUserAsync("alice", "platform");
        Assert.Contains("\"state\":\"disabled\"", (await ChangeAsync("POST", "/api/v1/users/alice/disable", "alice")).Text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"enrolled\"", (await ChangeAsync("POST", "/api/v1/users/alice/enable", "alice")).Text, StringComparison.Ordinal);
        Assert.Contains("\"groups\":[\"sre\"]", (await ChangeAsync("PUT", "/api/v1/users/alice/groups", "alice", """{"groups":["sre","sre"]}""")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await ChangeAsync("POST", "/api/v1/users/alice/invite", "alice")).Status);
        Assert.Contains("/enrol/", (await ChangeAsync("POST", "/api/v1/users/alice/reset", "alice")).Text, StringComparison.Ordinal);
        Assert.Contains("/enrol/", (await ChangeAsync("POST", "/api/v1/users/alice/invite", "alice")).Text, StringComparison.Ordinal);
        Assert.Equal(
            ["user.disabled", "user.enabled", "user.groups_changed", "user.mfa_reset", "user.invited"],
            (await _gateway.AuditAsync()).Where(row => row.Actor == "root" && row.Type.StartsWith("user.", StringComparison.Ordinal)).Select(row => row.Type));
    }

    [Fact]
    public async Task SetEmail_SetAndTaken_SeenAndAuditedWithoutTheAddress()
    {
        await _gateway.AddUserAsync("alice", "platform");
        Assert.Contains("\"email\":\"alice@corp.example\"", (await ChangeAsync("PUT", "/api/v1/users/alice/email", "alice", """{"email":"alice@corp.example"}""")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync("PUT", "/api/v1/users/alice/email", "alice", """{"email":"alice@corp.example"}""")).Status);
        Assert.DoesNotContain("corp.example", (await ChangeAsync("PUT", "/api/v1/users/alice/email", "alice", """{"email":""}""")).Text, StringComparison.Ordinal);
        var changes = (await _gateway.AuditAsync()).Where(row => row.Type == "user.email_changed").ToList();
        Assert.Equal([("root", "set"), ("root", "removed")], changes.Select(row => (row.Actor, row.Details["change"])));
        Assert.All(changes, row => Assert.DoesNotContain("corp.example", string.Join(' ', row.Details), StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Created, (await ChangeAsync("POST", "/api/v1/users", "carol", """{"name":"carol","email":"carol@corp.example"}""")).Status);
        Assert.Contains("carol@corp.example", await _admin.GetStringAsync(new Uri("/api/v1/users/carol", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>Groups are read at every request: what is taken is gone at the next one, without signing in again.</summary>
    [Fact]
    public async Task SetGroups_OfSomebodySignedIn_CountAtOnce()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        using var client = await _gateway.SignInAsync(alice);
        using var browser = await Browser.SignedInAsync(_gateway, alice);
        Task<HttpStatusCode> UsersAsync() => StatusAsync(client, "/api/v1/users");
        Assert.Equal(HttpStatusCode.Forbidden, await UsersAsync());
        await ChangeAsync("PUT", "/api/v1/users/alice/groups", "alice", """{"groups":["administrators"]}""");
        Assert.Equal(HttpStatusCode.OK, await UsersAsync());
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/users")).Status);
        await ChangeAsync("PUT", "/api/v1/users/alice/groups", "alice", """{"groups":[]}""");
        Assert.Equal(HttpStatusCode.Forbidden, await UsersAsync());
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync("/users")).Status);
        Assert.Equal("{\"items\":[]}", await client.GetStringAsync(new Uri("/api/v1/clusters", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("GET", "/api/v1/users")]
    [InlineData("POST", "/api/v1/users")]
    [InlineData("GET", "/api/v1/users/root")]
    [InlineData("GET", "/api/v1/users/nobody")]
    [InlineData("GET", "/api/v1/users/root/logins")]
    [InlineData("GET", "/api/v1/users/nobody/logins")]
    [InlineData("DELETE", "/api/v1/users/root/logins/bl-0000000000000")]
    [InlineData("POST", "/api/v1/users/root/disable")]
    [InlineData("POST", "/api/v1/users/nobody/disable")]
    [InlineData("POST", "/api/v1/users/alice/enable")]
    [InlineData("POST", "/api/v1/users/root/reset")]
    [InlineData("POST", "/api/v1/users/alice/invite")]
    [InlineData("PUT", "/api/v1/users/alice/groups")]
    [InlineData("PUT", "/api/v1/users/alice/email")]
    public async Task Anything_NoAdministrator_TheSame403(string method, string path)
    {
        var alice = await _gateway.AddUserAsync("alice", "auditors");
        using var client = await _gateway.SignInAsync(alice);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = Body(path) };
        request.Headers.Add(StepUpActions.Header, await _gateway.ProveAsync(client, alice, StepUpActions.User(path.Split('/').ElementAtOrDefault(4) ?? "carol")));
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var problem = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken))!;
        Assert.Equal((ProblemCodes.Forbidden, "Only an administrator of the gateway may do this."), (problem.Code, problem.Detail));
    }

    [Theory]
    [InlineData("POST", "/api/v1/users", "carol")]
    [InlineData("POST", "/api/v1/users/alice/disable", "alice")]
    [InlineData("POST", "/api/v1/users/alice/enable", "alice")]
    [InlineData("POST", "/api/v1/users/alice/reset", "alice")]
    [InlineData("POST", "/api/v1/users/invited/invite", "invited")]
    [InlineData("PUT", "/api/v1/users/alice/groups", "alice")]
    [InlineData("PUT", "/api/v1/users/alice/email", "alice")]
    public async Task Change_WithoutFreshProofForThisUser_Refused(string method, string path, string name)
    {
        await _gateway.AddUserAsync("alice");
        await _gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "invited", [], default));
        async Task<Problem?> ChangeAsync(string? proof)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = Body(path) };
            if (proof is not null)
                request.Headers.Add(StepUpActions.Header, proof);
            using var answer = await _admin.SendAsync(request);
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem);
        }

        var challenge = (await ChangeAsync(proof: null))!;
        Assert.Equal((403, ProblemCodes.StepUpRequired, $"user:{name}"), (challenge.Status, challenge.Code, challenge.Action));
        Assert.Equal(ProblemCodes.StepUpFailed, (await ChangeAsync(await _gateway.ProveAsync(_admin, _root, StepUpActions.User("root"))))?.Code);
        var proof = await _gateway.ProveAsync(_admin, _root, StepUpActions.User(name));
        Assert.Null(await ChangeAsync(proof));
        Assert.NotNull(await ChangeAsync(proof));
    }

    [Theory]
    [InlineData("POST", "/api/v1/users", """{"name":"Carol"}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"name":"carol","groups":["a b"]}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"name":"carol","groups":[null]}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"name":"carol","group":["sre"]}""", 400)]
    [InlineData("POST", "/api/v1/users", """{"groups":[]}""", 400)]
    [InlineData("POST", "/api/v1/users", """{"name":"carol","email":"carol"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":"root"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":"Root <root@corp.example>"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":"root@corp.example\r\nBcc: x@evil.example"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":"root@corp.example,x@evil.example"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":"root@corp\u0000.example"}""", 422)]
    [InlineData("PUT", "/api/v1/users/root/email", """{"email":["root@corp.example"]}""", 400)]
    [InlineData("PUT", "/api/v1/users/root/email", "{}", 400)]
    [InlineData("PUT", "/api/v1/users/root/email", "", 400)]
    [InlineData("PUT", "/api/v1/users/nobody/email", """{"email":null}""", 404)]
    [InlineData("PUT", "/api/v1/users/nobody/groups", """{"groups":[]}""", 404)]
    [InlineData("PUT", "/api/v1/users/root/groups", """{"groups":null}""", 400)]
    [InlineData("PUT", "/api/v1/users/root/groups", """{"groups":[]}""", 409)]
    [InlineData("POST", "/api/v1/users/root/disable", "", 409)]
    [InlineData("POST", "/api/v1/users/root/reset", "", 409)]
    [InlineData("POST", "/api/v1/users/nobody/reset", "", 404)]
    [InlineData("POST", "/api/v1/users/%01%E2%80%AE/disable", "", 404)]
    [InlineData("GET", "/api/v1/users?cursor=MHwA", "", 422)]
    [InlineData("GET", "/api/v1/users?state=happy", "", 422)]
    [InlineData("GET", "/api/v1/users?limit=0", "", 422)]
    [InlineData("GET", "/api/v1/users?cursor=x", "", 422)]
    [InlineData("GET", "/api/v1/users/nobody", "", 404)]
    [InlineData("GET", "/api/v1/users/nobody/logins", "", 404)]
    [InlineData("GET", "/api/v1/users/root/logins?limit=501", "", 422)]
    public async Task Bad_Input_ClearProblem(string method, string path, string body, int expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add(StepUpActions.Header, "x");
        using var answer = await _admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task List_Paged_EveryUserOnce()
    {
        foreach (var name in new[] { "alice", "bob", "carol", "dave" })
            await _gateway.AddUserAsync(name);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await _admin.GetFromJsonAsync($"/api/v1/users?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", GatewayJson.Default.PageUserView, TestContext.Current.CancellationToken))!;
            seen.AddRange(page.Items.Select(user => user.Name));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(["alice", "bob", "carol", "dave", "root"], seen);
    }

    private async Task<(HttpStatusCode Status, string Text)> ChangeAsync(string method, string path, string name, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add(StepUpActions.Header, await _gateway.ProveAsync(_admin, _root, StepUpActions.User(name)));
        // The proof took half a minute of the gateway's time, and a token lives fifteen.
        using var answer = await _admin.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return answer.StatusCode;
    }

    private static StringContent? Body(string path) =>
        path.EndsWith("/users", StringComparison.Ordinal) ? new StringContent("""{"name":"carol"}""", Encoding.UTF8, "application/json")
        : path.EndsWith("/email", StringComparison.Ordinal) ? new StringContent("""{"email":"alice@corp.example"}""", Encoding.UTF8, "application/json")
        : path.EndsWith("/groups", StringComparison.Ordinal) ? new StringContent("""{"groups":["administrators"]}""", Encoding.UTF8, "application/json")
        : null;
}
