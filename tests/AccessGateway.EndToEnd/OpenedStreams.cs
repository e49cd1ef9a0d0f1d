namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AccessGateway.Testing;
using Xunit;

/// <summary>One stream of each kind that kubectl opens, by kubectl itself, into a pod that says something each second: by its output, and to whoever
/// connects to its port.</summary>
internal sealed partial class OpenedStreams : IAsyncDisposable
{
    /// <summary>What the pod does, in a shell's words.</summary>
    public const string Talk = "while true; do date; sleep 1; done";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<Stream> _streams = [];
    private readonly List<IDisposable> _open = [];
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string _kubeconfig;
    private readonly string _place;
    private Uri _proxy = null!;
    private int _forwarded;

    private OpenedStreams(string kubeconfig, string place) => (_kubeconfig, _place) = (kubeconfig, place);

    /// <summary>As the gateway shall name them.</summary>
    public IReadOnlyList<string> Words => [.. _streams.Select(stream => stream.Words)];

    /// <summary>How many are still open when the pod is gone: the watches; and the port-forward, though nothing goes through it any more.</summary>
    public int LeftByPod => _streams.Count(stream => !stream.InPod || stream.Words.StartsWith("port-forward", StringComparison.Ordinal));

    public static async Task<OpenedStreams> StartAsync(string kubeconfig, string place, string pod, int port)
    {
        var all = new OpenedStreams(kubeconfig, place);
        try
        {
            all.Add($"exec into pods {place}/{pod}", true, "exec", pod, "--", "/bin/sh", "-c", Talk);
            all.Add($"attach to pods {place}/{pod}", true, "attach", pod);
            all.Add($"follow the log of pods {place}/{pod}", true, "logs", "-f", pod);
            all.Add($"watch pods {place}", false, "get", "pods", "-w");
            await all.ForwardAsync(pod, port);
            await all.ProxyAsync();
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until everything that says something has said more than it has now; what is silent must still be there.</summary>
    public async Task AssertGoOnAsync()
    {
        var before = _streams.ConvertAll(stream => stream.Lines());
        foreach (var (stream, lines) in _streams.Zip(before))
        {
            if (stream.InPod)
                await Eventually.TrueAsync(() => Task.FromResult(stream.Lines() > lines + 2), Patience, $"'{stream.Words}' to go on");
            Assert.False(stream.Ended.IsCompleted, $"'{stream.Words}' has ended");
        }
    }

    /// <summary>A new call by the proxy that was there before the end.</summary>
    public async Task<HttpStatusCode> CallThroughProxyAsync()
    {
        using var answer = await _http.GetAsync(new Uri(_proxy, $"/api/v1/namespaces/{_place}/pods"));
        return answer.StatusCode;
    }

    /// <summary>A new connection through the port-forward that was there before the end.</summary>
    public async Task ConnectAgainAsync() => _ = await ReadLineAsync(await ConnectAsync());

    /// <summary>A connection through the port-forward when its pod is gone; kubectl gives it up then.</summary>
    public async Task ConnectInVainAsync() => Assert.Null(await (await ConnectAsync()).ReadLineAsync());

    public async Task AssertCutByPodAsync()
    {
        foreach (var stream in _streams.Where(stream => stream.InPod))
            await EndAsync(stream, "the pod's end");
        Assert.All(_streams.Where(stream => !stream.InPod), stream => Assert.False(stream.Ended.IsCompleted, $"'{stream.Words}' has ended"));
    }

    public async Task AssertAllCutAsync()
    {
        foreach (var stream in _streams)
            await EndAsync(stream, "the API server's end");
    }

    public ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open))
        {
            if (one is Process { HasExited: false } process)
                process.Kill();
            one.Dispose();
        }

        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Task EndAsync(Stream stream, string by) => Eventually.TrueAsync(() => Task.FromResult(stream.Ended.IsCompleted), Patience, $"'{stream.Words}' to be cut by {by}");

    private Process Kubectl(params string[] arguments)
    {
        var process = Run.Start("kubectl", ["--kubeconfig", _kubeconfig, "-n", _place, .. arguments]);
        _open.Add(process);
        return process;
    }

    private void Add(string words, bool inPod, params string[] arguments)
    {
        var process = Kubectl(arguments);
        Add(words, inPod, process.StandardOutput);
    }

    private void Add(string words, bool inPod, StreamReader from)
    {
        var lines = 0;
        var ended = Task.Run(async () =>
        {
            try
            {
                while (await from.ReadLineAsync() is not null)
                    Interlocked.Increment(ref lines);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // Cut off in the middle of a line.
            }
        });
        _streams.Add(new Stream(words, inPod, () => Volatile.Read(ref lines), ended));
    }

    private async Task ForwardAsync(string pod, int port)
    {
        var process = Kubectl("port-forward", $"pod/{pod}", $":{port}");
        _forwarded = int.Parse(await Run.FindAsync(process.StandardOutput, Forwarding()), CultureInfo.InvariantCulture);
        var connection = await ConnectAsync();
        await ReadLineAsync(connection);
        Add($"port-forward to pods {_place}/{pod}", true, connection);
    }

    /// <summary>Calls that go through <c>kubectl proxy</c> are streams where the same calls without it are. (The API server proxies to no pod on a loopback
    /// address, as the pods of this node have: <c>pods/proxy</c> is not tried.)</summary>
    private async Task ProxyAsync()
    {
        var process = Kubectl("proxy", "--port=0");
        _proxy = new Uri($"http://127.0.0.1:{await Run.FindAsync(process.StandardOutput, Serving())}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_proxy, $"/api/v1/namespaces/{_place}/pods?watch=true"));
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        _open.Add(answer);
        answer.EnsureSuccessStatusCode();
        Add($"watch pods {_place}", false, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    private async Task<StreamReader> ConnectAsync()
    {
        var client = new TcpClient();
        _open.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _forwarded);
        return new StreamReader(client.GetStream());
    }

    private static async Task<string> ReadLineAsync(StreamReader from) => await from.ReadLineAsync() ?? throw new InvalidOperationException("The connection was closed before it said anything.");

    [GeneratedRegex(@"(?<=Forwarding from 127\.0\.0\.1:)\d+")]
    private static partial Regex Forwarding();

    [GeneratedRegex(@"(?<=Starting to serve on 127\.0\.0\.1:)\d+")]
    private static partial Regex Serving();

    /// <param name="InPod">Whether it says something each second, until the pod is deleted.</param>
    /// <param name="Ended">Done when it was cut.</param>
    private sealed record Stream(string Words, bool InPod, Func<int> Lines, Task Ended);
}
