namespace AccessGateway.AccessRequests;

using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AccessGateway.Outbound;
using AccessGateway.Policy;
using Microsoft.Extensions.Logging;

/// <summary>
/// Asks trackers whether a ticket is one of theirs and stands for this request. POST of a JSON object with ticket, user, cluster
/// (of several the names, separated by commas) and role; the headers <see cref="TimestampHeader"/> (Unix seconds) and <see cref="SignatureHeader"/> (<c>sha256=</c> and the
/// HMAC-SHA-256, in hex, of timestamp, full stop and body). Yes is 2xx with <c>{"valid": true}</c>, no is 2xx with
/// <c>{"valid": false}</c>; anything else is no answer.
/// </summary>
internal sealed partial class TicketTrackers(OutboundHttp outbound, TimeProvider clock, ILogger<TicketTrackers> logger)
{
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
        try
        {
            using var message = Message(tracker, facts);
            var rules = OutboundRules.Of(tracker.Allow) with { CertificateAuthority = tracker.CertificateAuthority };
            var answer = await outbound.SendAsync(message, rules, MaxAnswer + 1, cancellationToken, tracker.Timeout);
            if (answer.IsSuccess && answer.Body.Length <= MaxAnswer)
                return Read(answer.Body);
            LogNoAnswer($"It answered {(int)answer.Status} with {(answer.Body.Length > MaxAnswer ? "more than " : "")}{Math.Min(answer.Body.Length, MaxAnswer)} bytes.", tracker.Url.Host);
        }
        catch (OutboundException e)
        {
            LogNoAnswer(e.Message, tracker.Url.Host);
        }
        catch (JsonException)
        {
            LogNoAnswer("Its answer is no JSON.", tracker.Url.Host);
        }

        return TicketAnswer.None;
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

    private static TicketAnswer Read(byte[] body)
    {
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("valid", out var valid)
            ? valid.ValueKind switch { JsonValueKind.True => TicketAnswer.Confirmed, JsonValueKind.False => TicketAnswer.Refused, _ => TicketAnswer.None }
            : TicketAnswer.None;
    }

    [LoggerMessage(LogLevel.Warning, "The tracker at {Host} did not answer; its ticket counts as not confirmed. {Problem}")]
    private partial void LogNoAnswer(string problem, string host);
}
