namespace AccessGateway.Kubectl.Gateway;

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AccessGateway.Contracts;

/// <summary>An HTTP answer, read whole.</summary>
internal sealed record GatewayAnswer(int Status, byte[] Body, string? MediaType, DateTimeOffset? Date, TimeSpan? RetryAfter)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public T Read<T>(JsonTypeInfo<T> type)
        where T : class
    {
        return TryRead(type) ?? throw NotAGateway();
    }

    /// <summary>Null where the body is not JSON of that shape.</summary>
    public T? TryRead<T>(JsonTypeInfo<T> type)
        where T : class
    {
        if (MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) != true)
            return null;
        try
        {
            return JsonSerializer.Deserialize(Body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The failure that an unsuccessful answer tells.</summary>
    public CommandFailedException ToFailure()
    {
        if (TryRead(GatewayJson.Default.Problem) is not { } problem)
            return NotAGateway();
        var parts = new[] { problem.Title, problem.Detail }.Where(part => !string.IsNullOrWhiteSpace(part));
        var message = string.Join(": ", parts);
        if (message.Length == 0)
            message = $"the gateway answered with status {Status}";
        if (RetryAfter is { } wait)
            message += $" (try again in {DurationText.Format(wait)})";
        if (Status >= 500)
            return new GatewayOutageException(message);
        return new GatewayRefusedException(Status, problem, message)
        {
            Lines = [.. (problem.Errors ?? new Dictionary<string, string[]>()).SelectMany(field => field.Value.Select(text => $"{field.Key}: {text}"))],
        };
    }

    private GatewayOutageException NotAGateway() =>
        new($"this is not the answer of an access gateway (status {Status}, {MediaType ?? "no content type"}); is the server's address right?");
}
