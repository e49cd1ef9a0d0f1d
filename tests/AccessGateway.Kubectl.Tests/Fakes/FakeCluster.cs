namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>Bindings and roles of an API server at the wire: lists in pages, deletes under preconditions.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public const string Token = "reaper-token";
    private const string Prefix = "/apis/rbac.authorization.k8s.io/v1/";

    private readonly WebApplication _app;

    private FakeCluster(WebApplication app) => _app = app;

    /// <summary>Metadata by path, such as <c>clusterrolebindings/jit-gr-…</c>.</summary>
    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    /// <summary>The API server's clock.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>At most so many in a page, whatever was asked for.</summary>
    public int Page { get; set; } = 2;

    /// <summary>A status for a call, or null to go on.</summary>
    public Func<HttpRequest, int?> Fault { get; set; } = _ => null;

    public ConcurrentQueue<string> Calls { get; } = new();

    public string Address { get; private set; } = "";

    public static async Task<FakeCluster> StartAsync(TestCa ca)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(ca.MakeServerCertificate())));
        var app = builder.Build();
        var cluster = new FakeCluster(app);
        app.Run(cluster.AnswerAsync);
        await app.StartAsync();
        cluster.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return cluster;
    }

    /// <summary>Something that carries the gateway's label.</summary>
    /// <param name="path">Such as <c>namespaces/shop/rolebindings/jit-gr-…</c>.</param>
    public void Add(string path, string grant, string? notAfter, string gateway = "access-gateway", string created = "2026-05-01T10:00:00Z")
    {
        var metadata = new JsonObject
        {
            ["name"] = path.Split('/')[^1],
            ["uid"] = $"uid of {path}",
            ["resourceVersion"] = "7",
            ["creationTimestamp"] = created,
            ["labels"] = new JsonObject { ["access-gateway.io/gateway"] = gateway, ["access-gateway.io/grant"] = grant },
        };
        if (path.StartsWith("namespaces/", StringComparison.Ordinal))
            metadata["namespace"] = path.Split('/')[1];
        if (notAfter is not null)
            metadata["annotations"] = new JsonObject { ["access-gateway.io/not-after"] = notAfter };
        Objects[path] = metadata;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (status, body) = await DecideAsync(context.Request);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.Date = Now.ToString("R", CultureInfo.InvariantCulture);
        await context.Response.WriteAsync(body.ToJsonString());
    }

    private async Task<(int Status, JsonObject Body)> DecideAsync(HttpRequest request)
    {
        var path = request.Path.Value![Prefix.Length..];
        Calls.Enqueue($"{request.Method} {path}");
        if (request.Headers.Authorization != $"Bearer {Token}")
            return (401, []);
        if (Fault(request) is { } status)
            return (status, new JsonObject { ["kind"] = "Status", ["message"] = "somebody said no" });
        return request.Method == "DELETE" ? await DeleteAsync(request, path) : (200, List(request, path));
    }

    private async Task<(int Status, JsonObject Body)> DeleteAsync(HttpRequest request, string path)
    {
        var wanted = (await JsonNode.ParseAsync(request.Body))!["preconditions"]!;
        if (!Objects.TryGetValue(path, out var found))
            return (404, []);
        if ((string?)wanted["uid"] != (string?)found["uid"] || (string?)wanted["resourceVersion"] != (string?)found["resourceVersion"])
            return (409, []);
        if (found["finalizers"] is JsonArray { Count: > 0 })
            return (200, new JsonObject { ["kind"] = "ClusterRoleBinding", ["metadata"] = found.DeepClone() });
        return (Objects.TryRemove(path, out _) ? 200 : 404, new JsonObject { ["kind"] = "Status", ["metadata"] = new JsonObject(), ["status"] = "Success" });
    }

    private JsonObject List(HttpRequest request, string resource)
    {
        var gateway = request.Query["labelSelector"].ToString().Split('=')[1];
        var from = int.TryParse(request.Query["continue"], CultureInfo.InvariantCulture, out var position) ? position : 0;
        var all = Objects.Where(pair => pair.Key.Split('/')[^2] == resource && (string?)pair.Value["labels"]!["access-gateway.io/gateway"] == gateway)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Skip(from).ToList();
        return new JsonObject
        {
            ["kind"] = "PartialObjectMetadataList",
            ["metadata"] = all.Count > Page ? new JsonObject { ["continue"] = (from + Page).ToString(CultureInfo.InvariantCulture) } : [],
            ["items"] = new JsonArray([.. all.Take(Page).Select(pair => new JsonObject { ["metadata"] = pair.Value.DeepClone() })]),
        };
    }
}
