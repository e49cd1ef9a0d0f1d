namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Headers;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>SECURITY.md, the device grant: RFC 8628, and what phishing makes of it (5.4).</summary>
public sealed class DeviceGrantTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Device_ConfirmedWithACode_LoggedIn(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var answer = await gateway.LoginByDeviceAsync(client, await gateway.AddUserAsync("alice"));
        Assert.Null(answer.Error);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, answer));
    }

    [Fact]
    public async Task Device_Started_SaysHowOftenToAsk()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        Assert.Equal(5, (await DeviceFlow.StartDeviceAsync(client)).Interval);
    }

    /// <summary>RFC 8628, 3.5, on whichever replica the polls come in.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Poll_TooFast_SlowDownAndFiveSecondsMoreEachTime(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        using var first = pair.First.Anonymous();
        using var second = pair.Second.Anonymous();
        var device = await DeviceFlow.StartDeviceAsync(first);
        async Task<string?> PollAsync(HttpClient client, int secondsLater)
        {
            pair.Clock.Advance(TimeSpan.FromSeconds(secondsLater));
            return (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error;
        }

        Assert.Equal("authorization_pending", await PollAsync(first, 0));
        Assert.Equal("authorization_pending", await PollAsync(second, 5));
        Assert.Equal("slow_down", await PollAsync(first, 4));
        Assert.Equal("slow_down", await PollAsync(second, 9));
        Assert.Equal("authorization_pending", await PollAsync(first, 15));
        Assert.Equal("slow_down", await PollAsync(second, 14));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Poll_ManyAtOnce_OneIsInTime(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        for (var round = 0; round < 8; round++)
        {
            Task<bool> TakeAsync(TestGateway gateway) => gateway.WithAsync<DevicePolls, bool>(polls => polls.TakeAsync("the-same-code", default));
            var inTime = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => TakeAsync(i % 2 == 0 ? pair.First : pair.Second))));
            Assert.Equal(1, inTime.Count(taken => taken));
            pair.Clock.Advance(TimeSpan.FromHours(1));
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Redeem_SecondTime_InvalidGrantAndTheFamilyRevoked(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var device = await DeviceFlow.StartDeviceAsync(client);
        using var allowed = await gateway.AnswerDeviceAsync(client, alice, device.UserCode!, gateway.NextCode(alice));
        var answer = await DeviceFlow.PollAsync(client, device.DeviceCode!);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, answer));

        Assert.Equal("invalid_grant", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, answer));
        Assert.Equal("invalid_grant", (await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = answer.RefreshToken! })).Error);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Redeem_ManyAtOnce_NobodyKeepsIt(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var device = await DeviceFlow.StartDeviceAsync(client);
        using var allowed = await gateway.AnswerDeviceAsync(client, alice, device.UserCode!, gateway.NextCode(alice));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => DeviceFlow.PollAsync(client, device.DeviceCode!))));
        Assert.InRange(answers.Count(answer => answer.AccessToken is not null), 0, 1);
        foreach (var answer in answers.Where(answer => answer.AccessToken is not null))
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, answer));
    }

    /// <summary>An address with the code in it, sent to a victim, must not be enough.</summary>
    [Fact]
    public async Task Page_OpenedWithACode_ShowsWhoAsksAndLogsNobodyIn()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var device = await DeviceFlow.StartDeviceAsync(client, "build<script>-7.example");
        var (cookies, _) = await gateway.BrowserAsync(alice);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{OAuth.VerificationEndpoint}?user_code={device.UserCode}");
        request.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(request);
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Contains("kubectl access", page, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", page, StringComparison.Ordinal);
        Assert.Contains("buildscript-7.example", page, StringComparison.Ordinal);
        Assert.Contains($"datetime=\"{gateway.Clock.GetUtcNow():yyyy-MM-dd'T'HH:mm}", page, StringComparison.Ordinal);
        Assert.Contains("one-time-code", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("authorization_pending", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
    }

    [Theory]
    [InlineData(null, "step_up_required")]
    [InlineData("000000", "step_up_failed")]
    public async Task Confirm_WithoutFreshCode_NotLoggedIn(string? code, string problem)
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var device = await DeviceFlow.StartDeviceAsync(client);
        using var refused = await gateway.AnswerDeviceAsync(client, await gateway.AddUserAsync("alice"), device.UserCode!, code);
        Assert.EndsWith($"problem={problem}", refused.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Equal("authorization_pending", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
    }

    [Fact]
    public async Task Confirm_Denied_AccessDenied()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var device = await DeviceFlow.StartDeviceAsync(client);
        using var denied = await gateway.AnswerDeviceAsync(client, await gateway.AddUserAsync("alice"), device.UserCode!, code: null, answer: "deny");
        Assert.Equal("access_denied", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
    }

    [Fact]
    public async Task Confirm_WithoutAntiforgery_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var device = await DeviceFlow.StartDeviceAsync(client);
        var (cookies, _) = await gateway.BrowserAsync(alice);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/verify")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["user_code"] = device.UserCode!, ["answer"] = "allow", ["code"] = gateway.NextCode(alice) }),
        };
        request.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("authorization_pending", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
    }

    [Fact]
    public async Task Poll_CodeTooOld_ExpiredToken()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var device = await DeviceFlow.StartDeviceAsync(client);
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("expired_token", (await DeviceFlow.PollAsync(client, device.DeviceCode!)).Error);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, TokenAnswer answer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", answer.AccessToken);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
