namespace AccessGateway.AccessRequests;

using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AccessGateway.Policy;
using Microsoft.Extensions.Logging;

/// <summary>
/// Asks trackers whether a ticket is one of theirs and stands for this request. POST of a JSON object with ticket, user, cluster
/// (of several the names, separated by commas) and role; the headers <see cref="TimestampHeader"/> (Unix seconds) and <see cref="SignatureHeader"/> (<c>sha256=</c> and the
/// HMAC-SHA-256, in hex, of timestamp, full stop and body). Yes is 2xx with <c>{"valid": true}</c>, no is 2xx with
/// <c>{"valid": false}</c>; anything else is no answer.
/// </summary>
internal sealed partial class TicketTrackers(IHttpClientFactory clients, TimeProvider clock, ILogger<TicketTrackers> logger)
{
    public const string Client = "ticket-trackers";
    public const string TimestampHeader = "AccessGateway-Timestamp";
    public const string SignatureHeader = "AccessGateway-Signature";
    private const int MaxAnswer = 4096;

    /// <summary>Every tracker must confirm; one that says no refuses, whatever the others say.</summary>
    public async Task<TicketAnswer> AskAsync(IReadOnlyList<TicketTracker> trackers, RequestFacts facts, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(trackers.DistinctBy(tracker => tracker.Url).Select(tracker => AskAsync(tracker, facts, cancellationToken)));
        return answers.Length == 0 ? TicketAnswer.None
            : answers.Contains(TicketAnswer.Refused) ? TicketAnswer.Refused
            : answers.Contains(TicketAnswer.None) ? TicketAnswer.None
            : TicketAnswer.Confirmed;
    }

    public static string Sign(byte[] secret, string timestamp, string body) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{timestamp}.{body}")))}";

    private async Task<TicketAnswer> AskAsync(TicketTracker tracker, RequestFacts facts, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(tracker.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = clients.CreateClient(Client);
            using var message = Message(tracker, facts);
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? await ReadAsync(response, either.Token) : TicketAnswer.None;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            LogNoAnswer(e, tracker.Url.Host);
            return TicketAnswer.None;
        }
    }

    private HttpRequestMessage Message(TicketTracker tracker, RequestFacts facts)
    {
        var body = JsonSerializer.Serialize(new Dictionary<string, string?>
        {
            ["ticket"] = facts.Ticket?.Trim(),
            ["user"] = facts.Requester.Name,
            ["cluster"] = string.Join(',', facts.Clusters.Select(cluster => cluster.Name)),
            ["role"] = facts.Role,
        });
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var message = new HttpRequestMessage(HttpMethod.Post, tracker.Url) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        message.Headers.Add(TimestampHeader, timestamp);
        message.Headers.Add(SignatureHeader, Sign(tracker.Secret, timestamp, body));
        return message;
    }

    private static async Task<TicketAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxAnswer + 1];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (read > MaxAnswer)
            return TicketAnswer.None;
        using var answer = JsonDocument.Parse(buffer.AsMemory(0, read));
        return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("valid", out var valid)
            ? valid.ValueKind switch { JsonValueKind.True => TicketAnswer.Confirmed, JsonValueKind.False => TicketAnswer.Refused, _ => TicketAnswer.None }
            : TicketAnswer.None;
    }

    [LoggerMessage(LogLevel.Warning, "The tracker at {Host} did not answer; its ticket counts as not confirmed.")]
    private partial void LogNoAnswer(Exception exception, string host);
}
