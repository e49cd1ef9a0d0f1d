namespace AccessGateway.Tests.Api;

using System.Net;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

/// <summary>
/// SECURITY: secrets sent through every endpoint that takes them, good and bad, are found nowhere: not in the log, not in the audit log, not
/// in the database in the clear; not in addresses or pages where they must not be. (Those of a provider: <c>ProviderOutageTests</c>.)
/// </summary>
public sealed partial class CanaryTests
{
    private const string BadPassword = "canary-wrong-password-1f2e";
    private const string BadToken = "canary-bad-token-77aa77aa";
    private const string BadProof = "canary-bad-proof-99bb99bb";
    private const string BadCode = "canary-bad-code-55cc55cc";

    private readonly Canaries _canaries = new();
    private readonly CapturedLog _log = new();
    private readonly List<string> _pages = [];
    private TestGateway _gateway = null!;

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Secrets_ThroughEveryEndpoint_FoundNowhere(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = _gateway = await TestGateway.CreateAsync(kind, apiServer: api, configure: _log.Use);
        await gateway.ListenAsync();
        _canaries.Add("kubeconfig token", "fake-token");
        foreach (var (what, bad) in new[] { ("password", BadPassword), ("token", BadToken), ("proof", BadProof), ("code", BadCode) })
            _canaries.Add(what, bad);

        var link = await AddUserAsync("carol");
        var carol = await EnrolAsync(link);
        await SignInAsync(carol);
        using var client = await LogInAsync(carol);
        await ProveAndChangeFactorsAsync(client, carol);
        await UsePasskeyAsync(client, carol);
        await GetCredentialAsync(client, carol, api);
        await AssertNowhereAsync();
        Assert.InRange(_canaries.Kinds.Count(), 17, 100);

        // The same again while the database is of no use: what an exception says is logged.
        await gateway.WithAsync<GatewayDbContext, int>(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"AuditEvents\" RENAME TO \"AuditEventsAway\""));
        await SendAllWhileDownAsync(client, carol);
        Assert.Contains("for want of the database", _log.Text, StringComparison.Ordinal);
        await gateway.WithAsync<GatewayDbContext, int>(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"AuditEventsAway\" RENAME TO \"AuditEvents\""));
        await AssertNowhereAsync();
    }

    private async Task AssertNowhereAsync()
    {
        Assert.NotEmpty(_log.Text);
        Assert.Empty(_canaries.In(_log.Text));
        Assert.Empty(_canaries.In(string.Join('\n', (await _gateway.AuditAsync()).Select(row => $"{row.Type} {row.Actor} {string.Join(' ', row.Details)}"))));
        Assert.Empty(_canaries.In(await _gateway.WithAsync<GatewayDbContext, string>(Canaries.DumpAsync)));
        if (_gateway.DatabaseFile is { } file)
        {
            foreach (var part in new[] { file, $"{file}-wal" }.Where(File.Exists))
                Assert.Empty(_canaries.In(Encoding.Latin1.GetString(await ReadAsync(part))));
        }

        Assert.All(_pages, page => Assert.Empty(_canaries.In(page)));
    }

    private async Task SendAllWhileDownAsync(HttpClient client, TestUser user)
    {
        _gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        var (status, _) = await SendAsync(client, HttpMethod.Post, "/api/v1/step-up", $$"""{"method":"totp","code":"{{Code(user)}}","action":"factor:add-totp"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        await SendAsync(client, HttpMethod.Post, "/api/v1/me/recovery-codes", null, BadProof);
        using var browser = new TestBrowser(_gateway.Address, _gateway.CertificateAuthorityFile);
        var page = await browser.GetAsync("/sign-in");
        foreach (var (password, code) in new[] { (BadPassword, BadCode), (user.Password, Code(user)), (user.Password, _canaries.First("recovery code")) })
            Keep(await browser.SubmitAsync(page, ("name", "carol"), ("password", password), ("code", code)));
        await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = BadToken });
    }

    /// <summary>A code, and its being secret while it counts.</summary>
    private string Code(TestUser user) => _canaries.Add("code", _gateway.NextCode(user));

    private async Task<string> ProveAsync(HttpClient client, TestUser user, string action) => _canaries.Add("proof", await StepUpSteps.ProveAsync(client, Code(user), action));

    private TokenAnswer Tokens(TokenAnswer answer)
    {
        _canaries.Add("access token", answer.AccessToken);
        _canaries.Add("refresh token", answer.RefreshToken);
        return answer;
    }

    private static Task<TokenAnswer> RefreshAsync(HttpClient client, string token) => ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token });

    /// <summary>Keeps a page that must hold no secret.</summary>
    private void Keep(BrowserPage page) => _pages.Add(Without(page));

    /// <summary>The page without its own address, which an enrolment's link is.</summary>
    private static string Without(BrowserPage page) => page.Html.Replace(page.Address.AbsolutePath, "", StringComparison.Ordinal);

    /// <summary>Problems are read by people and kept by programs: none may repeat a secret that was sent.</summary>
    private async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpClient client, HttpMethod method, string path, string? json = null, string? proof = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        if (proof is not null)
            request.Headers.Add(StepUpActions.Header, proof);
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            Assert.Empty(_canaries.In(text));
        return (answer.StatusCode, text);
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }
}
