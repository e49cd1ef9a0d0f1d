namespace AccessGateway.Tests.Api;

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using Xunit;

/// <summary>The ways that secrets go.</summary>
public sealed partial class CanaryTests
{
    /// <summary>By the API; the link stands in the answer alone.</summary>
    private async Task<string> AddUserAsync(string name)
    {
        var root = await _gateway.AddUserAsync("root", "administrators");
        using var admin = await _gateway.SignInAsync(root);
        var proof = _canaries.Add("proof", await _gateway.ProveAsync(admin, root, StepUpActions.User(name)));
        var (status, text) = await SendAsync(admin, HttpMethod.Post, "/api/v1/users", $$"""{"name":"{{name}}","groups":["platform"]}""", proof);
        Assert.Equal(HttpStatusCode.Created, status);
        await SendAsync(admin, HttpMethod.Post, "/api/v1/users", """{"name":"dave"}""", BadProof);
        return _canaries.Add("link", ((string)JsonNode.Parse(text)!["enrolmentLink"]!).Split('/')[^1]);
    }

    private async Task<TestUser> EnrolAsync(string link)
    {
        using var browser = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        var page = await browser.GetAsync($"/enrol/{link}");
        var password = _canaries.Add("password", "canary-good-password-3c4d");
        Keep(await browser.SubmitAsync(page, ("password", BadPassword), ("password-again", password)));
        Keep(await browser.SubmitAsync(page, ("password", "canary"), ("password-again", "canary")));
        Keep(await browser.GetAsync($"/enrol/{BadToken}"));
        var second = await browser.SubmitAsync(page, ("password", password), ("password-again", password));
        var secret = _canaries.Add("TOTP secret", second.Html.Split("id=\"totp-secret\"")[1].Split('>')[1].Split('<')[0].Trim());
        var user = new TestUser(new Caller("", "carol", []), Base32Encoding.ToBytes(secret), password);
        _canaries.Add("TOTP secret", Encoding.Latin1.GetString(user.TotpSecret));
        _canaries.Add("TOTP secret", Convert.ToHexString(user.TotpSecret));
        _canaries.Add("ticket", browser.Cookies.GetAllCookies().Single(cookie => cookie.Name.EndsWith("-enrolment", StringComparison.Ordinal)).Value);
        Assert.Empty(_canaries.In(Without(await browser.SubmitAsync(second, ("code", BadCode))), "TOTP secret"));
        var done = await browser.SubmitAsync(second, ("code", Code(user)));
        foreach (var code in done.Html.Split("<li><code>").Skip(1).Select(part => part.Split('<')[0]))
        {
            _canaries.Add("recovery code", code);
            _canaries.Add("recovery code", code.Replace("-", "", StringComparison.Ordinal));
        }

        Assert.Empty(_canaries.In(Without(done), "recovery code"));
        Keep(await browser.GetAsync($"/enrol/{link}"));
        var row = await _gateway.WithAsync<GatewayDbContext, User>(db => db.Users.AsNoTracking().SingleAsync(found => found.Name == "carol"));
        return user with { Caller = new Caller(row.Id, "carol", ["platform"]) };
    }

    private async Task SignInAsync(TestUser user)
    {
        using var browser = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        var page = await browser.GetAsync("/sign-in?return=%2Fsecurity");
        Keep(await browser.SubmitAsync(page, ("name", "carol"), ("password", BadPassword), ("code", Code(user))));
        // A secret in the wrong field: the page shows it again to whoever typed it, and nobody else ever sees it.
        Assert.Equal(["token"], _canaries.In((await browser.SubmitAsync(page, ("name", BadToken), ("password", user.Password), ("code", BadCode))).Html));
        Keep(await browser.SubmitAsync(page, ("name", "carol"), ("password", user.Password), ("code", BadCode)));
        Keep(await browser.SubmitAsync(page, ("passkey", $$"""{"id":"{{BadToken}}"}"""), ("passkey-challenge", BadProof), ("_handler", "passkey")));
        Keep(await browser.SubmitAsync(page, ("name", "carol"), ("password", user.Password), ("code", Code(user))));
        _canaries.Add("cookie", browser.Cookies.GetAllCookies()["__Host-access-gateway"]!.Value);
        var recovery = _canaries.First("recovery code");
        using var other = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        Keep(await other.SubmitAsync(await other.GetAsync("/sign-in?recovery=1"), ("name", "carol"), ("password", user.Password), ("code", recovery)));
        var begin = await other.GetAsync("/security/recovery-codes");
        Keep(await other.SubmitAsync(begin, ("code", BadCode)));
        foreach (var path in new[] { "/", "/security", "/logins", "/audit", "/requests/new" })
            Keep(await other.GetAsync(path));
        Assert.DoesNotContain(browser.Visited.Concat(other.Visited), address => _canaries.In(address.ToString()).Count > 0);
    }

    /// <summary>Authorization code, refresh, device, revocation, each with what is right and what is not.</summary>
    private async Task<HttpClient> LogInAsync(TestUser user)
    {
        var client = _gateway.Anonymous();
        var form = await _gateway.AuthorizationCodeAsync(client, user);
        _canaries.Add("authorization code", form["code"]);
        _canaries.Add("code verifier", form["code_verifier"]);
        await ApiClient.RedeemAsync(client, new(form) { ["code_verifier"] = new string('v', 50) });
        var first = await ApiClient.RedeemAsync(client, form);
        Tokens(first);
        var second = Tokens(await RefreshAsync(client, first.RefreshToken!));
        await RefreshAsync(client, first.RefreshToken!);
        await RefreshAsync(client, BadToken);
        await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "authorization_code", ["code"] = BadToken, ["redirect_uri"] = "http://127.0.0.1:1/callback", ["code_verifier"] = BadProof });
        await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "password", ["username"] = "carol", ["password"] = BadPassword });
        await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["device_code"] = BadToken });
        foreach (var token in new[] { BadToken, second.RefreshToken!, second.AccessToken! })
        {
            using var revoked = await client.PostAsync(new Uri(OAuth.RevocationEndpoint, UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = OAuth.ClientId, ["token"] = token }));
        }

        var device = await DeviceFlow.StartDeviceAsync(client);
        _canaries.Add("device code", device.DeviceCode);
        await DeviceFlow.PollAsync(client, device.DeviceCode!);
        using (var refused = await _gateway.AnswerDeviceAsync(client, user, device.UserCode!, BadCode))
            Assert.Empty(_canaries.In(refused.Headers.Location!.ToString()));
        using (var allowed = await _gateway.AnswerDeviceAsync(client, user, device.UserCode!, Code(user)))
            Assert.Empty(_canaries.In(allowed.Headers.Location!.ToString()));
        var tokens = Tokens(await DeviceFlow.PollAsync(client, device.DeviceCode!));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BadToken);
        await SendAsync(client, HttpMethod.Get, "/api/v1/me");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        return client;
    }

    private async Task ProveAndChangeFactorsAsync(HttpClient client, TestUser user)
    {
        const string action = StepUpActions.AddTotp;
        foreach (var code in new[] { BadCode, "271828" })
        {
            _canaries.Add("code", code);
            await SendAsync(client, HttpMethod.Post, "/api/v1/step-up", $$"""{"method":"totp","code":"{{code}}","action":"{{action}}"}""");
            await SendAsync(client, HttpMethod.Post, "/api/v1/step-up", $$"""{"method":"recovery","code":"{{code}}","action":"{{action}}"}""");
            await SendAsync(client, HttpMethod.Post, "/api/v1/step-up", $$"""{"method":"totp","code":"{{code}}","action":"{{action}}","colour":"{{BadToken}}"}""");
        }

        _gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        await SendAsync(client, HttpMethod.Post, "/api/v1/me/factors", """{"kind":"totp","name":"Tablet"}""", BadProof);
        var (_, text) = await SendAsync(client, HttpMethod.Post, "/api/v1/me/factors", """{"kind":"totp","name":"Tablet"}""", await ProveAsync(client, user, action));
        var secret = _canaries.Add("TOTP secret", (string?)JsonNode.Parse(text)!["secret"]);
        await SendAsync(client, HttpMethod.Post, "/api/v1/me/factors/confirm", $$"""{"code":"{{BadCode}}"}""");
        var tablet = user with { TotpSecret = Base32Encoding.ToBytes(secret) };
        var (confirmed, _) = await SendAsync(client, HttpMethod.Post, "/api/v1/me/factors/confirm", $$"""{"code":"{{Code(tablet)}}"}""");
        Assert.Equal(HttpStatusCode.Created, confirmed);
        var (_, codes) = await SendAsync(client, HttpMethod.Post, "/api/v1/me/recovery-codes", null, await ProveAsync(client, user, StepUpActions.RecoveryCodes));
        foreach (var code in JsonNode.Parse(codes)!["codes"]!.AsArray())
            _canaries.Add("recovery code", (string?)code);
        await SendAsync(client, HttpMethod.Post, "/api/v1/step-up/browser", $$"""{"action":"{{action}}","methods":["{{BadToken}}"]}""");
    }

    private async Task UsePasskeyAsync(HttpClient client, TestUser user)
    {
        using var passkey = new TestPasskey();
        await _gateway.AddPasskeyAsync(user, passkey);
        var (_, text) = await SendAsync(client, HttpMethod.Post, "/passkeys/sign-in", "{}");
        var question = JsonNode.Parse(text)!;
        var challenge = _canaries.Add("passkey challenge", (string?)question["challenge"]);
        passkey.Counter++;
        var answer = passkey.Get(question["options"]!.ToJsonString());
        _canaries.Add("passkey answer", (string?)JsonNode.Parse(answer)!["response"]!["signature"]);
        using var browser = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        var page = await browser.GetAsync("/sign-in");
        foreach (var given in new[] { answer.Replace("authenticatorData\":\"", "authenticatorData\":\"AA", StringComparison.Ordinal), answer, answer })
            Keep(await browser.SubmitAsync(page, ("_handler", "passkey"), ("passkey", given), ("passkey-challenge", challenge)));
        Assert.Contains(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "__Host-access-gateway");
    }

    private async Task GetCredentialAsync(HttpClient client, TestUser user, FakeApiServer api)
    {
        await _gateway.WithAsync<AccessGateway.Clusters.TrustAnchors, string>(anchors => anchors.InitAsync("console", TestGateway.Cluster, default));
        var request = await _gateway.SubmitAsync(user);
        var (status, text) = await SendAsync(client, HttpMethod.Post, $"/api/v1/access-requests/{request.Id}/activate", null, BadProof);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        (status, text) = await SendAsync(client, HttpMethod.Post, $"/api/v1/access-requests/{request.Id}/activate", null, await ProveAsync(client, user, StepUpActions.Activate(request.Id)));
        Assert.Equal(HttpStatusCode.Created, status);
        var id = (string)JsonNode.Parse(text)!["items"]![0]!["id"]!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"O=jit:{id}, CN=carol", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var pem = key.ExportPkcs8PrivateKeyPem();
        foreach (var line in pem.Split('\n').Where(line => !line.StartsWith('-') && line.Length > 16))
            _canaries.Add("private key", line.Trim());
        foreach (var (given, expected) in new[] { (pem, 422), (pem + "\n" + csr, 422), (csr + "\n" + pem, 422), (BadToken, 422), (csr, 200) })
        {
            (status, text) = await SendAsync(client, HttpMethod.Post, $"/api/v1/grants/{id}/credential", new JsonObject { ["csr"] = given }.ToJsonString());
            Assert.Equal(expected, (int)status);
        }

        // The API server fails in every way, and says its caller's token while it does.
        api.Fault = _ => 500;
        await SendAsync(client, HttpMethod.Post, $"/api/v1/grants/{id}/relinquish");
        api.Fault = _ => 401;
        var failure = await Record.ExceptionAsync(() => _gateway.Services.GetRequiredService<AccessGateway.Bindings.Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken));
        Assert.Empty(_canaries.In(failure!.ToString()));
        api.Fault = _ => null;
    }
}
