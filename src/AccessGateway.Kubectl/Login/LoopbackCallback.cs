namespace AccessGateway.Kubectl.Login;

using System.Net;
using System.Net.Sockets;
using System.Text;

/// <summary>What the browser brought back.</summary>
internal sealed record CallbackAnswer(string? Code, string? Error, string? ErrorDescription);

/// <summary>
/// Hears one <c>GET /callback</c> with the right state on 127.0.0.1 (RFC 8252, 7.3). Anything else gets an error and is
/// forgotten, so that another page or program on this machine can neither end the login nor slip it a code.
/// </summary>
internal sealed class LoopbackCallback : IDisposable
{
    private const int MaxRequestBytes = 8 * 1024;
    private const int MaxConnections = 16;
    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(10);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SemaphoreSlim _connections = new(MaxConnections);
    private readonly TaskCompletionSource<CallbackAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _state;
    private readonly TimeProvider _time;

    public LoopbackCallback(string state, TimeProvider time)
    {
        _state = state;
        _time = time;
        _listener.Start();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string RedirectUri => $"http://127.0.0.1:{Port}/callback";

    public async Task<CallbackAnswer> WaitAsync(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var accepting = AcceptAsync(ended.Token);
        try
        {
            return await _answer.Task.WaitAsync(cancellation);
        }
        finally
        {
            await ended.CancelAsync();
            await accepting;
        }
    }

    /// <summary>Side by side: browsers open connections in advance and say nothing on them.</summary>
    private async Task AcceptAsync(CancellationToken cancellation)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                await _connections.WaitAsync(cancellation);
                var client = await _listener.AcceptTcpClientAsync(cancellation);
                open.RemoveAll(task => task.IsCompleted);
                open.Add(ServeAsync(client, cancellation));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(RequestTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                var head = await ReadHeadAsync(stream, either.Token);
                var (status, page, answer) = Judge(head);
                await stream.WriteAsync(CallbackPage.Write(status, page), limit.Token);
                client.Client.Shutdown(SocketShutdown.Send);
                if (answer is not null)
                    _answer.TrySetResult(answer);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // A connection that says nothing, or goes away, is no answer.
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <summary>Up to the empty line; null where there is none within the limit.</summary>
    private static async Task<string?> ReadHeadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var buffer = new byte[MaxRequestBytes];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                return null;
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
                return Encoding.Latin1.GetString(buffer, 0, end);
        }

        return null;
    }

    private (string Status, string Page, CallbackAnswer? Answer) Judge(string? head)
    {
        if (CallbackRequest.Parse(head, Port) is not { } request)
            return ("400 Bad Request", CallbackPage.NotForThis, null);
        if (request.Path != "/callback")
            return ("404 Not Found", CallbackPage.NotForThis, null);
        if (request.Method != "GET")
            return ("405 Method Not Allowed", CallbackPage.NotForThis, null);

        var query = request.Query;
        if (query is null || !query.TryGetValue("state", out var state) || !Pkce.AreEqual(state, _state))
            return ("400 Bad Request", CallbackPage.NotForThis, null);
        if (query.TryGetValue("error", out var error))
            return ("200 OK", CallbackPage.Refused, new(null, error, query.GetValueOrDefault("error_description")));
        return query.TryGetValue("code", out var code) && code.Length > 0
            ? ("200 OK", CallbackPage.Done, new(code, null, null))
            : ("400 Bad Request", CallbackPage.NotForThis, null);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _connections.Dispose();
    }
}
