namespace AccessGateway.Notifications;

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Outbound;

/// <summary>Posts events to a receiver of the operator's.</summary>
internal sealed class WebhookChannel(ChannelDefinition.Webhook webhook, OutboundHttp http, TimeProvider clock) : IChannel
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>Nothing in an answer counts but its status.</summary>
    private const int MaxAnswer = 1024;

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

    /// <summary>What a status means: taken, never wanted again, or to be tried again.</summary>
    public static SendResult ResultOf(OutboundAnswer answer, string? words = null) =>
        answer.IsSuccess ? new SendResult.Delivered()
        : answer.Status == HttpStatusCode.Gone ? new SendResult.Refused("The receiver answered 410: it wants no more.")
        : (int)answer.Status is >= 300 and < 400 ? new SendResult.Failed($"The receiver answered {(int)answer.Status}: redirects are not followed.", EndsBatch: true)
        : new SendResult.Failed($"The receiver answered {(int)answer.Status}{words}.", EndsBatch: true, answer.RetryAfter);

    private async Task<SendResult> PostAsync(Outgoing message, CancellationToken cancellationToken)
    {
        try
        {
            var secrets = WebhookSignature.SecretsOf(await webhook.Secret.ReadAsync(cancellationToken));
            var body = JsonSerializer.SerializeToUtf8Bytes(message.Message.Envelope, GatewayJson.Default.NotificationEnvelope);
            var timestamp = clock.GetUtcNow().ToUnixTimeSeconds();
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json", "utf-8");
            request.Headers.Add(IdHeader, message.Id);
            request.Headers.Add(TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(SignatureHeader, WebhookSignature.Of(secrets, message.Id, timestamp, body));
            request.Headers.UserAgent.ParseAdd("AccessGateway");
            return ResultOf(await http.SendAsync(request, webhook.Rules, MaxAnswer, cancellationToken));
        }
        catch (OutboundException e)
        {
            return new SendResult.Failed(e.Message, EndsBatch: true);
        }
    }
}
