namespace AccessGateway.Testing;

using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using AccessGateway.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The bindings and roles of a Kubernetes API, and its namespaces, at the wire, for faults that a real API server does not produce on demand. Everything
/// that a real one can show is tested on a real one.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private static readonly string[] Prefixes = ["/apis/rbac.authorization.k8s.io/v1/", "/api/v1/"];

    private readonly WebApplication _app;
    private readonly string _folder;

    private FakeApiServer(WebApplication app, string folder)
    {
        (_app, _folder) = (app, folder);
        Watches = new FakeWatches(Objects);
    }

    /// <summary>Who watches, and what a test does that they see.</summary>
    public FakeWatches Watches { get; }

    /// <summary>Objects by their path without the API's prefix, such as <c>clusterrolebindings/jit-gr-…</c>.</summary>
    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    /// <summary>Objects that no list shows, because they lack the label.</summary>
    public HashSet<string> Unlisted { get; } = [];

    /// <summary>Decides for each request whether to fail it: a status, or null to go on.</summary>
    public Func<HttpRequest, int?> Fault { get; set; } = _ => null;

    /// <summary>Runs before each request, for races.</summary>
    public Func<HttpRequest, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Answers what is not about bindings; null for what is not there.</summary>
    public Func<string, JsonNode?, JsonObject?> Elsewhere { get; set; } = (_, _) => null;

    public Uri Address { get; private set; } = new("https://127.0.0.1");

    public string CertificateAuthority => File.ReadAllText(Path.Combine(_folder, "tls", "ca.crt"));

    /// <param name="certificate">Its TLS certificate; one for 127.0.0.1 under a CA of its own where missing.</param>
    public static async Task<FakeApiServer> StartAsync(X509Certificate2? certificate = null)
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-fake-").FullName;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        certificate ??= ServerCertificate.ReadOrCreate(folder, "127.0.0.1", TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        var app = builder.Build();
        var server = new FakeApiServer(app, folder);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task HandleAsync(HttpContext context)
    {
        await Before(context.Request);
        if (Fault(context.Request) is { } status)
        {
            await AnswerAsync(context, status, new JsonObject { ["kind"] = "Status", ["code"] = status });
            return;
        }

        var path = context.Request.Path.Value!;
        var prefix = Array.Find(Prefixes, known => path.StartsWith(known, StringComparison.Ordinal));
        if (prefix is null)
        {
            await AnswerElsewhereAsync(context, context.Request.Method == "POST" ? await JsonNode.ParseAsync(context.Request.Body) : null);
            return;
        }

        var resource = path[prefix.Length..];
        await (context.Request.Method switch
        {
            _ when context.Request.Query["watch"] == "true" => Watches.AnswerAsync(context, resource, _app.Lifetime.ApplicationStopping),
            "POST" => CreateAsync(context, resource),
            "DELETE" => DeleteAsync(context, resource),
            "PATCH" => PatchAsync(context, resource),
            _ when Objects.TryGetValue(resource, out var found) => AnswerAsync(context, 200, (JsonObject)found.DeepClone()),
            _ when resource.Split('/').Length % 2 == 0 => AnswerElsewhereAsync(context, null), // one object, not a collection
            _ => ListAsync(context, resource),
        });
    }

    private Task AnswerElsewhereAsync(HttpContext context, JsonNode? body)
    {
        var answer = Elsewhere(context.Request.Path.Value!, body);
        return AnswerAsync(context, answer is null ? 404 : 200, answer ?? []);
    }

    private async Task CreateAsync(HttpContext context, string collection)
    {
        var item = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        var key = $"{collection}/{item["metadata"]!["name"]}";
        Watches.Stamp(item);
        var added = Objects.TryAdd(key, item);
        if (added)
            Watches.Tell("ADDED", key, item);
        await AnswerAsync(context, added ? 201 : 409, added ? (JsonObject)item.DeepClone() : []);
    }

    /// <summary>With preconditions just that object, as it was read.</summary>
    private async Task DeleteAsync(HttpContext context, string path)
    {
        var options = context.Request.Headers.ContentType.Count > 0 ? await JsonNode.ParseAsync(context.Request.Body) : null;
        if (Objects.TryGetValue(path, out var item) && options?["preconditions"] is JsonObject only
            && (Differs(only["uid"], item["metadata"]!["uid"]) || Differs(only["resourceVersion"], item["metadata"]!["resourceVersion"])))
        {
            await AnswerAsync(context, 409, []);
            return;
        }

        if (item?["metadata"]!["finalizers"] is JsonArray { Count: > 0 })
        {
            item["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            var held = (JsonObject)item.DeepClone();
            held["kind"] = "ClusterRoleBinding";
            await AnswerAsync(context, 200, held);
            return;
        }

        if (Objects.TryRemove(path, out item))
            Watches.Tell("DELETED", path, item);
        await AnswerAsync(context, item is null ? 404 : 200, []);
    }

    private static bool Differs(JsonNode? wanted, JsonNode? found) => wanted is not null && (string?)wanted != (string?)found;

    /// <summary>A merge patch of annotations, or one that takes the finalizers away: what was being deleted goes with them.</summary>
    private async Task PatchAsync(HttpContext context, string path)
    {
        var patch = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        if (!Objects.TryGetValue(path, out var item))
        {
            await AnswerAsync(context, 404, []);
            return;
        }

        if (patch["metadata"]!["annotations"] is JsonObject changed)
        {
            if (item["metadata"]!["annotations"] is not JsonObject annotations)
                item["metadata"]!["annotations"] = annotations = [];
            foreach (var (name, value) in changed)
                annotations[name] = value?.DeepClone();
        }

        if (patch["metadata"]!.AsObject().ContainsKey("finalizers") && item["metadata"]!.AsObject().Remove("finalizers") && item["metadata"]!["deletionTimestamp"] is not null && Objects.TryRemove(path, out _))
            Watches.Tell("DELETED", path, item);
        await AnswerAsync(context, 200, (JsonObject)item.DeepClone());
    }

    private Task ListAsync(HttpContext context, string collection)
    {
        var query = context.Request.Query;
        var from = int.TryParse(query["continue"], CultureInfo.InvariantCulture, out var position) ? position : 0;
        var limit = int.TryParse(query["limit"], CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue;
        var all = Objects
            .Where(pair => !Unlisted.Contains(pair.Key) && FakeWatches.IsOf(pair.Key, collection) && (collection != "clusterroles" || IsSelected(pair.Value, query["labelSelector"])))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Skip(from).Take(limit == int.MaxValue ? limit : limit + 1).Select(pair => pair.Value.DeepClone()).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = Watches.Version };
        if (all.Count > limit)
            metadata["continue"] = (from + limit).ToString(CultureInfo.InvariantCulture);
        return AnswerAsync(context, 200, new JsonObject { ["kind"] = "List", ["metadata"] = metadata, ["items"] = new JsonArray([.. all.Take(limit)]) });
    }

    /// <summary>Equality alone.</summary>
    private static bool IsSelected(JsonObject item, string? selector)
    {
        var labels = item["metadata"]!["labels"] as JsonObject;
        return string.IsNullOrEmpty(selector) || Array.TrueForAll(selector.Split(','), part => part.Split('=') is [var key, var value] && (string?)labels?[key] == value);
    }

    private static Task AnswerAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(JsonSerializerOptions.Default));
    }
}
