namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using Xunit;

/// <summary>Factors and step-up as programs see them.</summary>
public sealed class FactorApiTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _user = null!;
    private HttpClient _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync();
        await _gateway.ListenAsync();
        _user = await _gateway.AddUserAsync("alice", "platform");
        _alice = await _gateway.SignInAsync(_user);
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Factors_FromAddingToRemoving_EachWithItsStepUp()
    {
        const string add = """{"kind":"totp","name":"Tablet"}""";
        var asked = await ProblemAsync(HttpMethod.Post, "/me/factors", add);
        Assert.Equal((403, ProblemCodes.StepUpRequired, StepUpActions.AddTotp, 0), (asked.Status, asked.Code, asked.Action, asked.MaxAge));
        Assert.Equal(["totp", "passkey", "recovery"], asked.Methods);

        var offer = await ReadAsync(HttpMethod.Post, "/me/factors", add, 201, GatewayJson.Default.TotpOfferView, StepUpActions.AddTotp);
        var tablet = new Totp(Base32Encoding.ToBytes(offer.Secret));
        Assert.Contains(offer.Secret, offer.Uri, StringComparison.Ordinal);
        Assert.Equal(422, (await ProblemAsync(HttpMethod.Post, "/me/factors/confirm", """{"code":"000000"}""")).Status);
        _gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        var added = await ReadAsync(HttpMethod.Post, "/me/factors/confirm", $$"""{"code":"{{tablet.ComputeTotp(_gateway.Clock.GetUtcNow().UtcDateTime)}}"}""", 201, GatewayJson.Default.FactorView);
        Assert.Equal((FactorKind.Totp, "Tablet"), (added.Kind, added.Name));

        Assert.Equal("Slate", (await ReadAsync(HttpMethod.Post, $"/me/factors/{added.Id}/rename", """{"name":"Slate"}""", 200, GatewayJson.Default.FactorView, StepUpActions.RenameFactor(added.Id))).Name);
        Assert.Equal(10, (await ReadAsync(HttpMethod.Post, "/me/recovery-codes", null, 200, GatewayJson.Default.RecoveryCodesAnswer, StepUpActions.RecoveryCodes)).Codes.Count);
        var list = await ReadAsync(HttpMethod.Get, "/me/factors", null, 200, GatewayJson.Default.FactorList);
        Assert.Equal((2, 10), (list.Items.Count, list.RecoveryCodesLeft));

        using var removed = await SendAsync(HttpMethod.Delete, $"/me/factors/{added.Id}", null, await ProofAsync(StepUpActions.RemoveFactor(added.Id)));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        var last = (await ReadAsync(HttpMethod.Get, "/me/factors", null, 200, GatewayJson.Default.FactorList)).Items.Single();
        var refused = await ProblemAsync(HttpMethod.Delete, $"/me/factors/{last.Id}", null);
        Assert.Equal((409, ProblemCodes.LastFactor), (refused.Status, refused.Code));
    }

    [Theory]
    [InlineData("POST", "/me/factors", """{"kind":"passkey","name":"x"}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/me/factors", """{"kind":"sms","name":"x"}""", 400, ProblemCodes.Malformed)]
    [InlineData("POST", "/me/factors", """{"kind":0,"name":"x"}""", 400, ProblemCodes.Malformed)]
    [InlineData("POST", "/me/factors", """{"kind":"totp","name":""}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/me/factors", """{"kind":"totp"}""", 400, ProblemCodes.Malformed)]
    [InlineData("POST", "/me/factors/confirm", """{"code":"123456"}""", 404, ProblemCodes.NotFound)]
    [InlineData("POST", "/me/factors/tf-0/rename", """{"name":"x"}""", 404, ProblemCodes.NotFound)]
    [InlineData("DELETE", "/me/factors/tf-0", null, 404, ProblemCodes.NotFound)]
    [InlineData("POST", "/step-up", """{"method":"passkey","code":"123456","action":"activate:ar-0"}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/step-up/browser", """{"action":"activate:"}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/step-up/browser", """{"action":"activate:ar-0","methods":[]}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/step-up/browser", """{"action":"activate:ar-0","methods":[null]}""", 422, ProblemCodes.Invalid)]
    [InlineData("POST", "/step-up/browser/ABCD-EFGH/proof", null, 404, ProblemCodes.NotFound)]
    [InlineData("POST", "/step-up/browser/..%2f..%2fme/proof", null, 404, ProblemCodes.NotFound)]
    public async Task Call_Bad_ClearProblem(string method, string path, string? body, int status, string code)
    {
        var problem = await ProblemAsync(new HttpMethod(method), path, body);
        Assert.Equal((status, code), (problem.Status, problem.Code));
    }

    [Fact]
    public async Task Call_DemandsPasskey_ChallengeNamesAPhishingResistantClass()
    {
        var documents = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1")).Replace("reason: {required", "mfa: {factors: [passkey], maxAge: 90s}\n  reason: {required", StringComparison.Ordinal);
        await using var gateway = await TestGateway.CreateAsync(documents: documents);
        await gateway.ListenAsync();
        var bob = await gateway.AddUserAsync("bob", "platform");
        using var client = await gateway.SignInAsync(bob);
        var request = await gateway.SubmitAsync(bob);
        using var answer = await client.PostAsync(new Uri($"/api/v1/access-requests/{request.Id}/activate", UriKind.Relative), content: null);
        Assert.Equal(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"fresh MFA is required\", max_age=\"90\", acr_values=\"phr\"",
            answer.Headers.WwwAuthenticate.ToString());
        Assert.Equal(["passkey"], (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem))!.Methods);
    }

    /// <summary>A refreshed access token is the same login; another log-in of the same person is not.</summary>
    [Fact]
    public async Task StepUp_AfterRefresh_StillCountsInThatLoginAlone()
    {
        using var client = _gateway.Anonymous();
        var answer = await _gateway.AuthorizeAsync(client, _user);
        var refreshed = await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = answer.RefreshToken! });
        var request = await _gateway.SubmitAsync(_user);
        var other = await _gateway.SubmitAsync(_user);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.AccessToken);
        var proof = await StepUpSteps.ProveAsync(client, _gateway.NextCode(_user), StepUpActions.Activate(request.Id));
        using (var stolen = await SendAsync(HttpMethod.Post, $"/access-requests/{request.Id}/activate", null, proof))
            Assert.Equal(HttpStatusCode.Forbidden, stolen.StatusCode);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", refreshed.AccessToken);
        using var activate = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{request.Id}/activate") { Headers = { { StepUpActions.Header, proof } } };
        using var activated = await client.SendAsync(activate);
        Assert.Equal(HttpStatusCode.Created, activated.StatusCode);
        Assert.Equal(ProblemCodes.StepUpRequired, (await ProblemAsync(HttpMethod.Post, $"/access-requests/{other.Id}/activate", null)).Code);
        using var served = await client.PostAsync(new Uri($"/api/v1/access-requests/{other.Id}/activate", UriKind.Relative), content: null);
        Assert.Equal(HttpStatusCode.Created, served.StatusCode);
    }

    [Fact]
    public async Task StepUpInBrowser_ByTheSameUser_GivesTheProof()
    {
        var request = await _gateway.SubmitAsync(_user);
        var action = StepUpActions.Activate(request.Id);
        var prompt = await ReadAsync(HttpMethod.Post, "/step-up/browser", $$"""{"action":"{{action}}","methods":["totp"]}""", 201, GatewayJson.Default.BrowserStepUp);
        Assert.Equal($"https://localhost/step-up?reference={prompt.Reference}", prompt.Address);
        Assert.Equal((409, ProblemCodes.StepUpPending), Codes(await ProblemAsync(HttpMethod.Post, $"/step-up/browser/{prompt.Reference}/proof", null)));

        var browser = _user.In("bl-1");
        var own = await _gateway.ProveAsync(browser, StepUpPrompts.ActionOf(prompt.Reference));
        TestGateway.Value(await _gateway.WithAsync<StepUpPrompts, Problems.Outcome<StepUpPrompt>>(prompts => prompts.AllowAsync(browser.Caller, prompt.Reference, own, default)));
        var proof = await ReadAsync(HttpMethod.Post, $"/step-up/browser/{prompt.Reference}/proof", null, 200, GatewayJson.Default.StepUpResponse);
        using var activated = await SendAsync(HttpMethod.Post, $"/access-requests/{request.Id}/activate", null, proof.Proof);
        Assert.Equal(HttpStatusCode.Created, activated.StatusCode);
    }

    /// <summary>The challenges for the portal's script: for anybody to sign in, for nobody else's step-up.</summary>
    [Fact]
    public async Task Challenge_StepUpWithoutBrowserLogin_NotGiven()
    {
        using var nobody = _gateway.Anonymous();
        using var signIn = await nobody.PostAsync(new Uri(PasskeyEndpoints.SignInPath, UriKind.Relative), Json("{}"));
        using var question = JsonDocument.Parse(await signIn.Content.ReadAsStringAsync());
        var options = question.RootElement.GetProperty("options");
        Assert.Equal(("localhost", "required"), (options.GetProperty("rpId").GetString(), options.GetProperty("userVerification").GetString()));
        Assert.Equal(0, options.GetProperty("allowCredentials").GetArrayLength());

        var body = $$"""{"action":"{{StepUpActions.AddTotp}}"}""";
        using var refused = await nobody.PostAsync(new Uri(PasskeyEndpoints.StepUpPath, UriKind.Relative), Json(body));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var (cookies, _) = await _gateway.BrowserAsync(_user);
        foreach (var (content, status) in new[] { (Json(body), HttpStatusCode.OK), (Json("""{"action":"rm:x"}"""), HttpStatusCode.UnprocessableEntity), (new StringContent(body, Encoding.UTF8, "text/plain"), HttpStatusCode.UnsupportedMediaType) })
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, PasskeyEndpoints.StepUpPath) { Content = content, Headers = { { "Cookie", cookies } } };
            using var answer = await nobody.SendAsync(message);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    /// <summary>Of Identity only the passkey handler is used: none of its cookies exist.</summary>
    [Fact]
    public async Task Schemes_OfIdentity_None()
    {
        var schemes = await _gateway.Services.GetRequiredService<Microsoft.AspNetCore.Authentication.IAuthenticationSchemeProvider>().GetAllSchemesAsync();
        Assert.DoesNotContain(schemes, scheme => scheme.Name.StartsWith("Identity.", StringComparison.Ordinal));
    }

    private static (int, string?) Codes(Problem problem) => (problem.Status, problem.Code);

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private Task<string> ProofAsync(string action) => StepUpSteps.ProveAsync(_alice, _gateway.NextCode(_user), action);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body, string? proof = null)
    {
        using var message = new HttpRequestMessage(method, $"/api/v1{path}") { Content = body is null ? null : Json(body) };
        if (proof is not null)
            message.Headers.Add(StepUpActions.Header, proof);
        return await _alice.SendAsync(message);
    }

    private async Task<T> ReadAsync<T>(HttpMethod method, string path, string? body, int status, JsonTypeInfo<T> type, string? action = null)
    {
        using var answer = await SendAsync(method, path, body, action is null ? null : await ProofAsync(action));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.True(answer.Headers.CacheControl?.NoStore);
        return JsonSerializer.Deserialize(text, type)!;
    }

    private async Task<Problem> ProblemAsync(HttpMethod method, string path, string? body)
    {
        using var answer = await SendAsync(method, path, body);
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem))!;
    }
}
