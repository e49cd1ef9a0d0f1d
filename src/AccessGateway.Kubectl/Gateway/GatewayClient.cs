namespace AccessGateway.Kubectl.Gateway;

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.Login;

/// <summary>The API as the signed-in person: renews the login, and steps up, where a call demands it.</summary>
internal sealed partial class GatewayClient(GatewayTransport transport, AccessTokens tokens, StepUpDialog stepUp)
{
    private const string Api = "/api/v1";

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        return (await SendAsync(HttpMethod.Get, path, null, cancellation)).Read(type);
    }

    private async Task<T> PostAsync<T>(string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        return (await SendAsync(HttpMethod.Post, path, body, cancellation)).Read(type);
    }

    private async Task<GatewayAnswer> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellation, bool mayStepUp = true)
    {
        var accessToken = await tokens.GetAsync(cancellation);
        var answer = await SendOnceAsync(method, path, body, accessToken, null, cancellation);
        if (answer.Status == 401)
        {
            accessToken = await tokens.ReplaceAsync(accessToken, cancellation);
            answer = await SendOnceAsync(method, path, body, accessToken, null, cancellation);
            if (answer.Status == 401)
                throw NotSignedInException.AnyMore();
        }

        if (mayStepUp && answer.Status == 403 && answer.TryRead(GatewayJson.Default.Problem) is { Code: ProblemCodes.StepUpRequired, Action: { } action } problem)
        {
            var proof = await StepUpAsync(action, problem, accessToken, cancellation);
            answer = await SendOnceAsync(method, path, body, accessToken, proof, cancellation);
        }

        return answer.IsSuccess ? answer : throw answer.ToFailure();
    }

    /// <summary>Each time with its own idempotency key: a call is only repeated after it was refused, and the refusal must not be
    /// what comes back.</summary>
    private async Task<GatewayAnswer> SendOnceAsync(
        HttpMethod method, string path, byte[]? body, string accessToken, string? proof, CancellationToken cancellation)
    {
        var headers = new Dictionary<string, string> { ["Authorization"] = "Bearer " + accessToken };
        if (method != HttpMethod.Get)
            headers["Idempotency-Key"] = RandomNumberGenerator.GetHexString(32, lowercase: true);
        if (proof is not null)
            headers[StepUpActions.Header] = proof;
        using var content = body is null ? null : Json(body);
        return await transport.SendAsync(method, Api + path, content, headers, cancellation);
    }

    private static ByteArrayContent Json(byte[] body) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    /// <summary>Follows cursors until there are <paramref name="limit"/> items, or no more.</summary>
    private async Task<IReadOnlyList<T>> ListAsync<T>(
        string path, IReadOnlyList<string> query, int limit, JsonTypeInfo<Page<T>> type, CancellationToken cancellation)
    {
        const int largestPage = 500;
        var items = new List<T>();
        string? cursor = null;
        do
        {
            List<string> parts = [.. query, $"limit={Math.Min(limit - items.Count, largestPage)}"];
            if (cursor is not null)
                parts.Add("cursor=" + Uri.EscapeDataString(cursor));
            var page = await GetAsync($"{path}?{string.Join('&', parts)}", type, cancellation);
            items.AddRange(page.Items.Take(limit - items.Count));
            cursor = page.Items.Count > 0 ? page.NextCursor : null;
        }
        while (cursor is not null && items.Count < limit);
        return items;
    }
}
