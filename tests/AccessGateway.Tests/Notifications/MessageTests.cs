namespace AccessGateway.Tests.Notifications;

using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Notifications;
using AccessGateway.Testing;
using Xunit;

public sealed class MessageTests
{
    private const string Evil = "<!channel> <https://evil.example|Approve> & \u202e\r\n*bold*";

    [Fact]
    internal void Slack_TextOfPeople_NoMarkupAndNoMentions()
    {
        var message = Messages.Of(Happened("access_request.submitted", $$"""{"comment": {{System.Text.Json.JsonSerializer.Serialize(Evil)}}}"""), null, null, "https://gateway.example");
        var body = SlackChannel.BodyOf(message).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.DoesNotContain("<", body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"mrkdwn\":true", body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"type\":\"mrkdwn\"", body, StringComparison.Ordinal);
        Assert.Contains("&lt;!channel&gt; &lt;https://evil.example|Approve&gt; &amp; *bold*", body, StringComparison.Ordinal);
        Assert.Contains("\"url\":\"https://gateway.example/requests/ar-1\"", body, StringComparison.Ordinal);
    }

    [Fact]
    internal async Task Slack_RealServer_TakesTheForm()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var url = NotifierDocuments.SecretFile($"{receiver.Address}services/T000/B000/XXXX\n");
        await using var gateway = await TestGateway.CreateAsync(documents: NotifierDocuments.With(("slack", $"{{slack: {{webhookUrl: {{file: '{url}'}}, allow: [127.0.0.1]}}}}")));
        await gateway.RunNotifiersAsync();
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        var one = Assert.Single(receiver.All);
        Assert.Equal("/services/T000/B000/XXXX", one.Path);
        using var body = System.Text.Json.JsonDocument.Parse(one.Body);
        Assert.Equal("alice asks for editor on dev", body.RootElement.GetProperty("text").GetString());
        Assert.Equal(["header", "section", "actions"], body.RootElement.GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("type").GetString()!));
    }

    [Fact]
    internal void Of_TypeOfLater_GeneralText() =>
        Assert.Equal("Access request, reminder: alice", Messages.Of(Happened("access_request.reminder", "{}"), null, null, "https://gateway.example").Title);

    [Theory]
    [InlineData("a\r\nb\tc", 100, "a b c")]
    [InlineData("  a \u2028 b  ", 100, "a b")]
    [InlineData("\u202eevil\u200b", 100, "evil")]
    [InlineData("\u001b[31mred", 100, "[31mred")]
    [InlineData("abcdef", 3, "abc…")]
    [InlineData("grüße 🙂", 100, "grüße 🙂")]
    [InlineData("\ud800x", 100, "x")]
    [InlineData(null, 100, "")]
    internal void Line_AnyText_OneVisibleLine(string? text, int max, string expected) => Assert.Equal(expected, PlainText.Line(text, max));

    [Theory]
    [InlineData("webhook: {url: 'http://hooks.example/', secret: {file: s}}", "must be https")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: whsec_abc}", "secret must be a mapping")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: {file: s, environment: S}}", "by file or by environment")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: {file: s}, allow: ['*.corp']}", "must be a host's name")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: {file: s}, timeout: 3s}", "Unknown key 'timeout'")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: {file: s}}, events: [access_request.submited]", "matches no type")]
    [InlineData("webhook: {url: 'https://hooks.example/', secret: {file: s}}, slack: {webhookUrl: {file: s}}", "exactly one")]
    [InlineData("events: [grant.*]", "exactly one")]
    [InlineData("email: {smtp: {host: mail.example}, from: access@corp.example, to: {}}", "says nobody")]
    [InlineData("email: {smtp: {host: mail.example}, from: 'Me <me@corp.example>', to: {requester: true}}", "must be an e-mail address")]
    [InlineData("email: {smtp: {host: mail.example, tls: none, username: a, password: {file: p}}, from: a@b.example, to: {requester: true}}", "not sent in the clear")]
    [InlineData("email: {smtp: {host: mail.example, tls: maybe}, from: a@b.example, to: {requester: true}}", "starttls or tls or none")]
    internal void Load_WrongNotifier_ErrorSaysWhatAndWhere(string spec, string problem)
    {
        var e = Assert.Throws<DocumentException>(() => Load($"{{{spec}}}"));
        Assert.Contains(e.Errors, error => error.Message.Contains(problem, StringComparison.Ordinal) && error.Line > 0);
    }

    [Fact]
    internal void Load_SecretMissing_LoadsAllTheSame() =>
        Assert.Equal("slack", Assert.Single(Load("{slack: {webhookUrl: {file: not-there}}}").Notifiers).Channel.Kind);

    private static GatewayDocuments Load(string spec)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-documents-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "notifier.yaml"), $"apiVersion: access-gateway/v1\nkind: Notifier\nmetadata: {{name: one}}\nspec: {spec}\n");
            return GatewayDocuments.Load(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AuditEvent Happened(string type, string details) =>
        new() { Index = 7, At = DateTimeOffset.UnixEpoch, Type = type, Actor = "alice", Concerns = "alice", AccessRequestId = "ar-1", Details = details };
}
