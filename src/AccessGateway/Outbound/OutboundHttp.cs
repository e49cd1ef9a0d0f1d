namespace AccessGateway.Outbound;

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

/// <summary>
/// HTTP to addresses that a document names. Nothing that the receiver does leads anywhere else or holds the gateway up: addresses are
/// checked as they are connected to, redirects are not followed, proxies of the environment are not used, and an answer is read up to a
/// size and a time.
/// </summary>
internal sealed class OutboundHttp(TimeProvider clock)
{
    /// <summary>For the whole exchange, the connection included.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>Sends one request and reads at most <paramref name="maxAnswer"/> bytes of the answer; what is beyond is not waited for.</summary>
    /// <param name="timeout">For the whole exchange; <see cref="Patience"/> where missing.</param>
    /// <exception cref="OutboundException">No answer came; the message says why and carries nothing of the request.</exception>
    public async Task<OutboundAnswer> SendAsync(HttpRequestMessage request, OutboundRules rules, int maxAnswer, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        if (rules.UrlProblem(request.RequestUri!) is { } problem)
            throw new OutboundException($"The address {problem}");
        using var patience = new CancellationTokenSource(timeout ?? Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = new HttpClient(HandlerOf(rules)) { Timeout = Timeout.InfiniteTimeSpan };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(answer.Content, maxAnswer, either.Token);
            return new OutboundAnswer(answer.StatusCode, answer.Headers.RetryAfter?.Delta, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OutboundException($"No answer within {(timeout ?? Patience).TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new OutboundException(Words(e));
        }
    }

    private static SocketsHttpHandler HandlerOf(OutboundRules rules)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 16,
            ConnectTimeout = ConnectPatience,
            ConnectCallback = (context, token) => ConnectAsync(context.DnsEndPoint, rules, token),
        };
        if (rules.CertificateAuthority is { } authority)
            handler.SslOptions.CertificateChainPolicy = PolicyOf(authority);
        return handler;
    }

    /// <summary>Trust in these CAs alone.</summary>
    public static X509ChainPolicy PolicyOf(X509Certificate2Collection authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authority);
        return policy;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, OutboundRules rules, CancellationToken cancellationToken)
    {
        var host = to.Host.Trim('[', ']');
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = found.Where(address => rules.Allows(host, address)).ToArray();
        if (allowed.Length == 0)
            throw new OutboundException($"'{host}' lies on {(found.Length == 0 ? "no address" : string.Join(", ", found.Take(3).Select(address => address.ToString())))}, which is not allowed; name the host or the address under 'allow' where that is meant.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, int max, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[max];
        var length = await stream.ReadAtLeastAsync(buffer, max, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }

    private static string Words(Exception e) => e switch
    {
        HttpRequestException { InnerException: OutboundException refused } => refused.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name does not resolve.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "The TLS handshake failed: its certificate is not trusted, is for another name, or it speaks no TLS.",
        _ when e.InnerException is SocketException inner => $"Could not connect: {inner.SocketErrorCode}.",
        SocketException socket => $"Could not connect: {socket.SocketErrorCode}.",
        _ => "The connection broke.",
    };
}

/// <summary>What came back.</summary>
/// <param name="Body">Its beginning.</param>
internal sealed record OutboundAnswer(HttpStatusCode Status, TimeSpan? RetryAfter, byte[] Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}

/// <summary>Nothing came back. The message is for operators.</summary>
internal sealed class OutboundException(string message) : Exception(message);
