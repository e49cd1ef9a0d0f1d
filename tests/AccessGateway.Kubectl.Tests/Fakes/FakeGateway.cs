namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AccessGateway.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

internal sealed record RecordedCall(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A gateway at the wire: https with its own CA, OAuth, step-up, and whatever calls a test sets up.</summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<RecordedCall, Reply>> _routes = new();
    private readonly ConcurrentQueue<RecordedCall> _calls = new();

    private FakeGateway(X509Certificate2 certificate, TimeProvider time)
    {
        OAuth = new FakeOAuth(time);
        StepUp = new FakeStepUp();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public FakeOAuth OAuth { get; }

    public FakeStepUp StepUp { get; }

    public string Address { get; private set; } = "";

    /// <summary>Answers 503 to everything.</summary>
    public bool Broken { get; set; }

    /// <summary>Holds every API call for a while, so that parallel ones meet.</summary>
    public TimeSpan Slowness { get; set; }

    public IReadOnlyList<RecordedCall> Calls => [.. _calls];

    public static async Task<FakeGateway> StartAsync(X509Certificate2 certificate, TimeProvider time)
    {
        var gateway = new FakeGateway(certificate, time);
        await gateway._app.StartAsync();
        gateway.Address = gateway._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return gateway;
    }

    public int Count(string method, string path) => Calls.Count(call => call.Method == method && call.Path == path);

    /// <param name="route">Method and path below <c>/api/v1</c>, such as <c>GET /me</c>.</param>
    public void On(string route, Func<RecordedCall, Reply> answer) => _routes[route] = answer;

    public void On<T>(string route, T answer, JsonTypeInfo<T> type, int status = 200) => On(route, _ => Reply.Json(answer, type, status));

    /// <summary>As <see cref="On(string, Func{RecordedCall, Reply})"/>, after a step-up for the action.</summary>
    public void OnAfterStepUp(string route, string action, Func<RecordedCall, Reply> answer) => On(route, call => StepUp.Guard(call, action, answer));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new RecordedCall(
            context.Request.Method,
            context.Request.Path,
            context.Request.QueryString.Value ?? "",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync());
        _calls.Enqueue(call);
        var reply = Broken ? Reply.Problem(503, ProblemCodes.Unavailable, "down") : Decide(call);
        if (Slowness > TimeSpan.Zero)
            await Task.Delay(Slowness, TimeProvider.System);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        foreach (var (name, value) in reply.Headers)
            context.Response.Headers[name] = value;
        await context.Response.WriteAsync(reply.Body);
    }

    private Reply Decide(RecordedCall call)
    {
        const string api = "/api/v1";
        if (call.Path == "/healthz")
            return new(200, "text/plain", "ok");
        if (OAuth.Answer(call) is { } reply)
            return reply;
        if (!OAuth.IsAccepted(call.Headers.GetValueOrDefault("Authorization")))
            return Reply.Problem(401, ProblemCodes.Unauthenticated, "sign in");
        if (call.Path.StartsWith(api, StringComparison.Ordinal) && StepUp.Answer(call, call.Path[api.Length..]) is { } proven)
            return proven;
        return call.Path.StartsWith(api, StringComparison.Ordinal) && _routes.TryGetValue($"{call.Method} {call.Path[api.Length..]}", out var answer)
            ? answer(call)
            : Reply.Problem(404, ProblemCodes.NotFound, "nothing here");
    }
}

internal sealed record Reply(int Status, string ContentType, string Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public static Reply Json<T>(T value, JsonTypeInfo<T> type, int status = 200) => new(status, "application/json", JsonSerializer.Serialize(value, type));

    public static Reply Problem(int status, string code, string title, string? action = null, Dictionary<string, string[]>? errors = null, IReadOnlyList<string>? methods = null) => new(
        status,
        "application/problem+json",
        JsonSerializer.Serialize(new Problem { Status = status, Code = code, Title = title, Action = action, Errors = errors, Methods = methods }, GatewayJson.Default.Problem));
}
