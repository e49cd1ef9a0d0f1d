namespace AccessGateway.Tests.Notifications;

using System.Net;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Xunit;

/// <summary>How the notifiers are doing, as the API and the portal tell it.</summary>
public sealed class NotifierEndpointsTests
{
    private static readonly Uri List = new("/api/v1/notifiers", UriKind.Relative);

    [Fact]
    public async Task List_NoAdministrator_403OnBothWays()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform", "auditors");
        using var client = await gateway.SignInAsync(alice);
        using var answer = await client.GetAsync(List, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(ProblemCodes.Forbidden, (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken))!.Code);
        using var browser = await Browser.SignedInAsync(gateway, alice);
        var (status, page, _) = await browser.GetAsync("/notifications");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.DoesNotContain("<table", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/notifications\"", page, StringComparison.Ordinal);
    }

    /// <summary>Secrets of all three ways, good ones that receivers refuse and bad ones, are found nowhere but where they belong.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_ReceiversRefuse_SaysHowTheyAreAndNoSecret(DatabaseKind kind)
    {
        var (canaries, log) = (new Canaries(), new CapturedLog());
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Answer = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        await using var mail = await SmtpServer.StartAsync();
        var slackUrl = canaries.Add("Slack URL", $"{receiver.Address}services/canary-slack-4d5e");
        var slack = NotifierDocuments.SecretFile(slackUrl);
        canaries.Add("Slack path", "canary-slack-4d5e");
        var hook = NotifierDocuments.SecretFile(canaries.Add("webhook secret", NotifierDocuments.Secret));
        var bad = NotifierDocuments.SecretFile(canaries.Add("unusable secret", "canary-unusable-6f7a"));
        var password = NotifierDocuments.SecretFile(canaries.Add("mail password", "canary-mail-password-8b9c"));
        await using var gateway = await TestGateway.CreateAsync(kind, NotifierDocuments.With(
            ("bad-hook", NotifierDocuments.Webhook(receiver.Address, bad)),
            ("bad-slack", $"{{slack: {{webhookUrl: {{file: '{bad}'}}}}}}"),
            ("hook", NotifierDocuments.Webhook(receiver.Address, hook)),
            ("mail", $"{{email: {{smtp: {{host: 127.0.0.1, port: {mail.Port}, username: gateway, password: {{file: '{password}'}}}}, from: a@corp.example, to: {{addresses: [b@corp.example]}}}}}}"),
            ("slack", $"{{slack: {{webhookUrl: {{file: '{slack}'}}, allow: [127.0.0.1]}}}}")), configure: log.Use);
        await gateway.ListenAsync();
        await gateway.RunNotifiersAsync();
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();

        var root = await gateway.AddUserAsync("root", "administrators");
        using var client = await gateway.SignInAsync(root);
        var text = await client.GetStringAsync(List, TestContext.Current.CancellationToken);
        var found = (await client.GetFromJsonAsync(List, GatewayJson.Default.PageNotifierView, TestContext.Current.CancellationToken))!.Items;
        Assert.Equal(["bad-hook webhook", "bad-slack slack", "hook webhook", "mail email", "slack slack"], found.Select(notifier => $"{notifier.Name} {notifier.Kind}"));
        Assert.All(found, notifier => Assert.Equal((1, 0, 0), (notifier.Pending, notifier.Delivered, notifier.GivenUp)));
        Assert.All(found, notifier => Assert.True(notifier is { LastFailureAt: not null, LastSuccessAt: null, PausedUntil: not null, OldestPendingAt: not null }));
        Assert.Equal("The receiver answered 503.", found[2].LastError);
        using var browser = await Browser.SignedInAsync(gateway, root);
        var (status, page, _) = await browser.GetAsync("/notifications");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("The receiver answered 503.", page, StringComparison.Ordinal);

        gateway.Clock.Advance(TimeSpan.FromDays(2));
        await gateway.RunNotifiersAsync();
        var audit = (await gateway.AuditAsync()).Where(row => row.Type == "notification.given_up").ToList();
        Assert.Equal(5, audit.Count);
        Assert.Contains(canaries.In(slackUrl), what => what == "Slack path");
        foreach (var where in new[] { text, page, log.Text, string.Join('\n', audit.Select(row => string.Join(' ', row.Details))), await gateway.WithAsync<GatewayDbContext, string>(Canaries.DumpAsync) })
            Assert.Empty(canaries.In(where));
    }
}
