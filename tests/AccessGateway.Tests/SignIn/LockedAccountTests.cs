namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>SECURITY: failures count per account; what an attacker can send or begin anew resets nothing; locked is 429 with Retry-After.</summary>
public sealed partial class LockedAccountTests
{
    private const string Action = "activate:ar-0000000000000";

    [Theory]
    [InlineData("alice")]
    [InlineData("nobody")]
    public async Task SignIn_EachTryClaimsAnotherAddress_LockedAllTheSame(string name)
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        for (var i = 0; i < AttemptLimit.Free; i++)
            Assert.Equal(HttpStatusCode.OK, (await SignInAsync(gateway, name, "wrong", "000000", $"203.0.113.{i}")).Status);
        var (status, retryAfter, text) = await SignInAsync(gateway, name, alice.Password, gateway.NextCode(alice), "203.0.113.99");
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.InRange(retryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Contains("role=\"alert\"", text, StringComparison.Ordinal);
        Assert.Contains("Too many failed attempts", text, StringComparison.Ordinal);
        Assert.All((await gateway.AuditAsync()).Where(row => row.Type == "sign_in.failed"), row => Assert.Equal("127.0.0.1", row.Details["address"]));
    }

    /// <summary>A new challenge, prompt, offer or page between two tries forgives nothing.</summary>
    [Fact]
    public async Task StepUp_NewChallengeBeforeEachTry_LockedAllTheSame()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var client = await gateway.SignInAsync(alice);
        using var browser = await Browser.SignedInAsync(gateway, alice);
        for (var i = 0; i < AttemptLimit.Free; i++)
        {
            await PostAsync(client, "/api/v1/step-up/browser", $$"""{"action":"{{Action}}"}""");
            await DeviceFlow.StartDeviceAsync(client);
            await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
            foreach (var path in new[] { "/security/add-authenticator", "/sign-in", "/device" })
                await browser.GetAsync(path);
            using var wrong = await PostAsync(client, "/api/v1/step-up", $$"""{"method":"totp","code":"000000","action":"{{Action}}"}""");
            Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        }

        using var locked = await PostAsync(client, "/api/v1/step-up", $$"""{"method":"totp","code":"{{gateway.NextCode(alice)}}","action":"{{Action}}"}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(ProblemCodes.Locked, (await locked.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken))!.Code);
        var (status, text, _) = await browser.PostAsync("/security/add-authenticator", "begin", ("name", "Tablet"), ("code", alice.CodeAt(gateway.Clock.GetUtcNow())));
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Contains("Too many failed attempts", text, StringComparison.Ordinal);
    }

    /// <summary>Who signs in some other way has shown no code, so that guesses at codes stay counted.</summary>
    [Fact]
    public async Task SignIn_ByPasskeyBetweenTries_ForgivesNoCode()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        for (var i = 0; i < AttemptLimit.Free; i++)
        {
            Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await ProveAsync(gateway, alice, "000000")));
            passkey.Counter++;
            var question = await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
            TestGateway.Value(await gateway.WithAsync<PasskeySignIns, Outcome<BrowserLogin>>(signIns =>
                signIns.SignInAsync(new PasskeyAnswer(question.Challenge, passkey.Get(question.Options)), "127.0.0.1", "test", default)));
        }

        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await ProveAsync(gateway, alice, gateway.NextCode(alice))));
    }

    /// <summary>I5 and I6 survive a restart: they are rows, not memory.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prove_AfterARestart_StillLockedAndStillUsed(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        var first = await TestGateway.CreateAsync(kind, database: database, data: data);
        var (alice, bob) = (await first.AddUserAsync("alice"), await first.AddUserAsync("bob"));
        var used = first.NextCode(bob);
        TestGateway.Value(await ProveAsync(first, bob, used));
        for (var i = 0; i < AttemptLimit.Free; i++)
            await ProveAsync(first, alice, "000000");
        var clock = first.Clock;
        await first.DisposeAsync();

        await using var second = await TestGateway.CreateAsync(kind, database: database, data: data, clock: clock);
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await ProveAsync(second, alice, alice.CodeAt(clock.GetUtcNow()))));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await ProveAsync(second, bob, used)).Code);
        Directory.Delete(data, recursive: true);
    }

    private static Task<Outcome<StepUpResponse>> ProveAsync(TestGateway gateway, TestUser user, string code) => gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
        stepUps.ProveAsync(user.Caller, new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = Action }, default));

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string json) =>
        client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter, string Text)> SignInAsync(TestGateway gateway, string name, string password, string code, string claimed)
    {
        using var client = gateway.Anonymous();
        foreach (var header in new[] { "X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP" })
            client.DefaultRequestHeaders.Add(header, header == "Forwarded" ? $"for={claimed}" : claimed);
        using var page = await client.GetAsync(new Uri("/sign-in", UriKind.Relative));
        using var post = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "sign-in", ["name"] = name, ["password"] = password, ["code"] = code,
                ["__RequestVerificationToken"] = Antiforgery().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value,
            }),
        };
        post.Headers.Add("Cookie", page.Headers.GetValues("Set-Cookie").Select(text => text.Split(';')[0]));
        using var answer = await client.SendAsync(post);
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Antiforgery();
}
