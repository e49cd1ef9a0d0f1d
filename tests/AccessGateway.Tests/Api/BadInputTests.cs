namespace AccessGateway.Tests.Api;

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>Whatever is sent: a clear code, and never a 500.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private HttpClient _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _alice = await _gateway.SignInAsync(await _gateway.AddUserAsync("alice", "platform"));
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("", 400, ProblemCodes.Malformed)]
    [InlineData("{", 400, ProblemCodes.Malformed)]
    [InlineData("null", 400, ProblemCodes.Malformed)]
    [InlineData("[]", 400, ProblemCodes.Malformed)]
    [InlineData("{}", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":"dev","role":"viewer","colour":"red"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":"dev","cluster":"dev","role":"viewer"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":7,"role":"viewer"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":"dev","role":null}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":"dev","role":"viewer","startsAt":"tomorrow"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"cluster":"dev","role":"viewer","duration":"10m"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"cluster":"dev","role":"viewer","duration":"-1m","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"cluster":"dev","role":"viewer","namespaces":[null],"reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"cluster":"prod","role":"viewer","reason":"long enough"}""", 403, ProblemCodes.NotOffered)]
    [InlineData("""{"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"cluster":null,"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"cluster":"dev","clusters":["dev"],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":[],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["dev","dev"],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["dev",null],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["dev","../etc"],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["dev,prod"],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["a","b","c","d","e","f","g","h","i","j","k"],"role":"viewer","reason":"long enough"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"clusters":["a","b","c","d","e","f","g","h","i","j"],"role":"viewer","reason":"long enough"}""", 403, ProblemCodes.NotOffered)]
    [InlineData("""{"clusters":["dev","nowhere"],"role":"viewer","reason":"long enough"}""", 403, ProblemCodes.NotOffered)]
    [InlineData("""{"clusters":"dev","role":"viewer","reason":"long enough"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"clusters":[["dev"]],"role":"viewer","reason":"long enough"}""", 400, ProblemCodes.Malformed)]
    [InlineData("""{"clusters":["dev","prod"],"role":"viewer","reason":"everything burns","breakGlass":true}""", 403, ProblemCodes.NotOffered)]
    public async Task Submit_BadBody_ClearProblem(string body, int status, string code) =>
        await ExpectAsync(_alice.PostAsync(Uri("/api/v1/access-requests"), new StringContent(body, Encoding.UTF8, "application/json")), status, code);

    [Fact]
    public async Task Submit_DeepNesting_Malformed() => await ExpectAsync(
        _alice.PostAsync(Uri("/api/v1/access-requests"), new StringContent($$"""{"cluster":{{new string('[', 64)}}{{new string(']', 64)}}}""", Encoding.UTF8, "application/json")), 400, ProblemCodes.Malformed);

    [Fact]
    public async Task Submit_HugeBody_TooLarge() => await ExpectAsync(
        _alice.PostAsync(Uri("/api/v1/access-requests"), new StringContent(new string(' ', 200_000), Encoding.UTF8, "application/json")), 413, ProblemCodes.TooLarge);

    [Fact]
    public async Task Submit_NotJson_UnsupportedMediaType() => await ExpectAsync(
        _alice.PostAsync(Uri("/api/v1/access-requests"), new StringContent("cluster=dev", Encoding.UTF8, "application/x-www-form-urlencoded")), 415, ProblemCodes.UnsupportedMediaType);

    [Theory]
    [InlineData("/api/v1/access-requests?limit=0", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests?limit=501", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests?limit=many", 400, ProblemCodes.Malformed)]
    [InlineData("/api/v1/access-requests?state=happy", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests?state=1", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests?role=boss", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests?cursor=%00", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/grants?cursor=bm9wZQ", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/audit/events?cursor=-1", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/audit/events?type=nothing", 422, ProblemCodes.Invalid)]
    [InlineData("/api/v1/access-requests/ar-0000000000000", 404, ProblemCodes.NotFound)]
    [InlineData("/api/v1/grants/..%2f..%2fetc", 404, ProblemCodes.NotFound)]
    [InlineData("/api/v1/clusters/nowhere/role-offers", 404, ProblemCodes.NotFound)]
    [InlineData("/api/v1/nothing", 404, ProblemCodes.NotFound)]
    public async Task Get_Bad_ClearProblem(string path, int status, string code) => await ExpectAsync(_alice.GetAsync(Uri(path)), status, code);

    [Theory]
    [InlineData("/api/v1/me")]
    [InlineData("/api/v1/clusters")]
    [InlineData("/api/v1/access-requests")]
    [InlineData("/api/v1/grants")]
    [InlineData("/api/v1/audit/events")]
    [InlineData("/api/v1/me/logins")]
    [InlineData("/api/v1/users")]
    [InlineData("/api/v1/users/alice")]
    public async Task Get_WithoutOrWithWrongToken_Unauthenticated(string path)
    {
        using var nobody = _gateway.Anonymous();
        await ExpectAsync(nobody.GetAsync(Uri(path)), 401, ProblemCodes.Unauthenticated);
        nobody.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        await ExpectAsync(nobody.GetAsync(Uri(path)), 401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Get_UserDisabledMeanwhile_Unauthenticated()
    {
        await ExpectOkAsync(_alice.GetAsync(Uri("/api/v1/me")));
        await _gateway.WithAsync<AccessGateway.SignIn.Users, object?>(async users => await users.SetDisabledAsync("test", "alice", disabled: true, default));
        await ExpectAsync(_alice.GetAsync(Uri("/api/v1/me")), 401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Activate_WithoutStepUp_ChallengeAsRfc9470()
    {
        using var submitted = await _alice.PostAsJsonAsync("/api/v1/access-requests", Workflow.Asked(), GatewayJson.Default.SubmitAccessRequest);
        var request = (await submitted.Content.ReadFromJsonAsync(GatewayJson.Default.AccessRequestView))!;
        using var answer = await _alice.PostAsync(Uri($"/api/v1/access-requests/{request.Id}/activate"), content: null);
        Assert.Contains("insufficient_user_authentication", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var problem = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem))!;
        Assert.Equal((403, ProblemCodes.StepUpRequired, $"activate:{request.Id}"), (problem.Status, problem.Code, problem.Action));
        Assert.Equal(["totp", "passkey"], problem.Methods);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/me")]
    [InlineData("/sign-in")]
    [InlineData("/nothing")]
    public async Task Get_AnyPage_CarriesTheSecurityHeaders(string path)
    {
        using var nobody = _gateway.Anonymous();
        using var answer = await nobody.GetAsync(Uri(path));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    private static Uri Uri(string path) => new(path, UriKind.Relative);

    private static async Task ExpectOkAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task ExpectAsync(Task<HttpResponseMessage> call, int status, string code)
    {
        using var answer = await call;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, System.Text.Json.JsonSerializer.Deserialize(text, GatewayJson.Default.Problem)?.Code);
        Assert.DoesNotContain("AccessGateway.", text, StringComparison.Ordinal);
    }
}
