namespace AccessGateway.Notifications;

using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using AccessGateway.Outbound;

/// <summary>
/// Posts to an incoming webhook of Slack's. Whatever a person wrote stands in plain-text objects, where nothing is markup, and with
/// Slack's three control characters escaped, so that no reason can call a channel or show a false link.
/// </summary>
internal sealed class SlackChannel(ChannelDefinition.Slack slack, OutboundHttp http) : IChannel
{
    private const int MaxHeader = 150;
    private const int MaxField = 2000;
    private const int MaxFields = 10;
    private const int MaxAnswer = 200;

    public async IAsyncEnumerable<(Outgoing Sent, SendResult Result)> SendAsync(IReadOnlyList<Outgoing> batch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in batch)
        {
            var result = await PostAsync(message, cancellationToken);
            yield return (message, result);
            if (result is SendResult.Failed { EndsBatch: true })
                yield break;
        }
    }

    public static JsonObject BodyOf(Message message) => new()
    {
        ["text"] = Escaped(message.Title, MaxField),
        ["mrkdwn"] = false,
        ["unfurl_links"] = false,
        ["blocks"] = new JsonArray(
            new JsonObject { ["type"] = "header", ["text"] = Plain(message.Title, MaxHeader) },
            new JsonObject
            {
                ["type"] = "section",
                ["fields"] = new JsonArray([.. message.Facts.Take(MaxFields).Select(fact => (JsonNode)Plain($"{fact.Name}\n{fact.Value}", MaxField))]),
            },
            new JsonObject
            {
                ["type"] = "actions",
                ["elements"] = new JsonArray(new JsonObject { ["type"] = "button", ["text"] = Plain(message.LinkText, 75), ["url"] = message.Link.AbsoluteUri }),
            }),
    };

    private static JsonObject Plain(string text, int max) => new() { ["type"] = "plain_text", ["emoji"] = false, ["text"] = Escaped(text, max) };

    /// <summary>Cut where no escape is cut through.</summary>
    private static string Escaped(string text, int max)
    {
        var escaped = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var next = rune.Value switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", _ => rune.ToString() };
            if (escaped.Length + next.Length > max)
                break;
            escaped.Append(next);
        }

        return escaped.ToString();
    }

    private async Task<SendResult> PostAsync(Outgoing message, CancellationToken cancellationToken)
    {
        try
        {
            // The whole URL is the secret: no error may hold it.
            if (!Uri.TryCreate(await slack.WebhookUrl.ReadAsync(cancellationToken), UriKind.Absolute, out var url))
                return new SendResult.Failed($"What stands in {slack.WebhookUrl} is no address.", EndsBatch: true);
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(BodyOf(message.Message).ToJsonString())) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            var answer = await http.SendAsync(request, slack.Rules, MaxAnswer, cancellationToken);
            // Slack says what is wrong in a word, such as invalid_blocks or no_service.
            var word = Encoding.ASCII.GetString(answer.Body);
            return WebhookChannel.ResultOf(answer, word.Length > 0 && word.All(c => char.IsAsciiLetterLower(c) || c == '_') ? $": {word}" : null);
        }
        catch (OutboundException e)
        {
            return new SendResult.Failed(e.Message, EndsBatch: true);
        }
    }
}
