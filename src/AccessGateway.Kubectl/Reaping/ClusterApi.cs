namespace AccessGateway.Kubectl.Reaping;

using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;
using AccessGateway.Kubectl.Gateway;

/// <summary>The few calls of an API server that the reaper makes: https with one pinned CA, a ServiceAccount's token, bounded in time and size.
/// Of the objects it asks for metadata alone.</summary>
internal sealed class ClusterApi : IDisposable
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1/";
    private const int PageSize = 500;
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    /// <summary>A list that takes longer than the API server remembers where it was is begun again.</summary>
    private const int Tries = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly string _server;
    private DateTimeOffset? _serverTime;

    public ClusterApi(ClusterAccess access, TimeProvider time)
    {
        (_server, _time) = (access.Server, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = Patience,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = GatewayTransport.TrustOnly(access.CertificateAuthority) },
        })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kubectl-access", GatewayTransport.Version));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", access.Token);
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
    }

    /// <summary>The API server's clock as of the last list: the one by which it judges certificates. A machine whose clock is ahead must not
    /// take away what is alive.</summary>
    public DateTimeOffset Now => _serverTime ?? _time.GetUtcNow();

    /// <summary>Everything of a kind that the selector selects, in every namespace.</summary>
    public async Task<IReadOnlyList<OwnedObject>> ListAsync(OwnedKind kind, string selector, CancellationToken cancellation)
    {
        for (var left = Tries; ; left--)
        {
            if (await TryListAsync(kind, selector, cancellation) is { } found)
                return found;
            if (left == 0)
                throw new CommandFailedException($"{Resource(kind)} of {_server} could not be listed as a whole");
        }
    }

    /// <summary>Deletes exactly what was listed.</summary>
    public async Task<ReapOutcome> DeleteAsync(OwnedObject item, CancellationToken cancellation)
    {
        var place = item.Namespace is { } name ? $"namespaces/{Uri.EscapeDataString(name)}/" : "";
        var options = new DeleteOptions(new Preconditions(item.Metadata.Uid, item.Metadata.ResourceVersion));
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(options, ReapJson.Default.DeleteOptions));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var (status, body) = await SendAsync(HttpMethod.Delete, $"{Rbac}{place}{Resource(item.Kind)}/{Uri.EscapeDataString(item.Name)}", content, cancellation);
        return status switch
        {
            200 or 202 when Finalizers(body) is { Count: > 0 } holding => throw new CommandFailedException($"it stays, and binds, until its finalizers are taken away: {string.Join(", ", holding)}"),
            200 or 202 => ReapOutcome.Deleted,
            404 => ReapOutcome.Gone,
            409 => ReapOutcome.Changed,
            _ => throw Refused(status, body),
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null where the API server has forgotten how far the list had come.</summary>
    private async Task<List<OwnedObject>?> TryListAsync(OwnedKind kind, string selector, CancellationToken cancellation)
    {
        var found = new List<OwnedObject>();
        string? next = null;
        do
        {
            var query = $"?labelSelector={Uri.EscapeDataString(selector)}&limit={PageSize}{(next is null ? "" : $"&continue={Uri.EscapeDataString(next)}")}";
            var (status, body) = await SendAsync(HttpMethod.Get, $"{Rbac}{Resource(kind)}{query}", content: null, cancellation);
            if (status == 410)
                return null;
            if (status != 200)
                throw Refused(status, body);
            var page = Read(body);
            found.AddRange((page.Items ?? []).Select(item => new OwnedObject(kind, item.Metadata)));
            next = page.Metadata?.Continue;
        }
        while (!string.IsNullOrEmpty(next));
        return found;
    }

    private async Task<(int Status, byte[] Body)> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(_server + path)) { Content = content };
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            if (method == HttpMethod.Get)
                _serverTime = response.Headers.Date ?? _serverTime;
            return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailedException($"{_server} did not answer within {Patience.TotalSeconds:0} seconds");
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException($"{_server} cannot be reached: {(e.InnerException ?? e).Message.TrimEnd('.')}");
        }
    }

    private PartialObjectList Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ReapJson.Default.PartialObjectList) ?? new();
        }
        catch (JsonException)
        {
            throw new CommandFailedException($"{_server} answered something that is no list of objects");
        }
    }

    /// <summary>Of what is still there though the API server said yes, in place of a Status: a finalizer keeps it, as it is.</summary>
    private static IReadOnlyList<string>? Finalizers(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ReapJson.Default.PartialObject)?.Metadata.Finalizers;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private CommandFailedException Refused(int status, byte[] body)
    {
        string? message = null;
        try
        {
            message = JsonSerializer.Deserialize(body, ReapJson.Default.KubernetesStatus)?.Message;
        }
        catch (JsonException)
        {
            // The status alone then.
        }

        return new CommandFailedException($"{_server} answered {status}{(message is null ? "" : $": {message}")}");
    }

    private static string Resource(OwnedKind kind) => kind.ToString().ToLowerInvariant() + "s";
}
