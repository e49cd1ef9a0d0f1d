namespace AccessGateway.Testing;

using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

/// <summary>The watches of a <see cref="FakeApiServer"/>: what is done to its objects through it, or by a test through
/// <see cref="Put"/> and <see cref="Remove"/>, is told to whoever watches.</summary>
internal sealed class FakeWatches(ConcurrentDictionary<string, JsonObject> objects)
{
    private readonly ConcurrentDictionary<Channel<string>, string> _open = new();
    private int _version;

    /// <summary>How many are open.</summary>
    public int Open => _open.Count;

    /// <summary>How many were begun.</summary>
    public int Begun { get; private set; }

    /// <summary>From which resourceVersion each was begun.</summary>
    public ConcurrentQueue<string> From { get; } = new();

    /// <summary>Whether the next one is told that its resourceVersion is too old.</summary>
    public bool TooOld { get; set; }

    public string Version => Volatile.Read(ref _version).ToString(CultureInfo.InvariantCulture);

    /// <summary>Adds or replaces an object, as somebody else would.</summary>
    public void Put(string key, JsonObject item)
    {
        var known = objects.ContainsKey(key);
        Stamp(item);
        objects[key] = item;
        Tell(known ? "MODIFIED" : "ADDED", key, item);
    }

    /// <summary>Removes an object, as somebody else would.</summary>
    public void Remove(string key)
    {
        if (objects.TryRemove(key, out var item))
            Tell("DELETED", key, item);
    }

    /// <summary>Gives an object what the API server gives it.</summary>
    public void Stamp(JsonObject item)
    {
        var metadata = item["metadata"]!.AsObject();
        metadata["uid"] ??= Guid.CreateVersion7().ToString();
        metadata["resourceVersion"] = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
    }

    public void Tell(string type, string key, JsonObject item)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = item.DeepClone() }.ToJsonString(JsonSerializerOptions.Default);
        foreach (var (channel, collection) in _open)
        {
            if (IsOf(key, collection))
                channel.Writer.TryWrite(line);
        }
    }

    /// <summary>Whether an object is in a collection; what is in a namespace is no namespace.</summary>
    public static bool IsOf(string key, string collection) => $"/{key}".Contains($"/{collection}/", StringComparison.Ordinal) && (collection != "namespaces" || key.Count(letter => letter == '/') == 1);

    /// <summary>Tells everybody how far they have come.</summary>
    public void Bookmark()
    {
        foreach (var channel in _open.Keys)
            channel.Writer.TryWrite(new JsonObject { ["type"] = "BOOKMARK", ["object"] = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = Version } } }.ToJsonString(JsonSerializerOptions.Default));
    }

    /// <summary>Ends them all, as an API server that restarts.</summary>
    public void End()
    {
        foreach (var channel in _open.Keys)
            channel.Writer.TryComplete();
    }

    public async Task AnswerAsync(HttpContext context, string collection, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        var channel = Channel.CreateUnbounded<string>();
        _open[channel] = collection;
        Begun++;
        From.Enqueue(context.Request.Query["resourceVersion"].ToString());
        context.Response.ContentType = "application/json";
        if (TooOld)
        {
            TooOld = false;
            channel.Writer.TryWrite("""{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}}""");
            channel.Writer.TryComplete();
        }

        try
        {
            await context.Response.Body.FlushAsync(either.Token);
            await foreach (var line in channel.Reader.ReadAllAsync(either.Token))
            {
                await context.Response.WriteAsync(line + "\n", either.Token);
                await context.Response.Body.FlushAsync(either.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            _open.TryRemove(channel, out _);
        }
    }
}
