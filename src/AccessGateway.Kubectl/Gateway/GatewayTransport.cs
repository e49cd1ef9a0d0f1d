namespace AccessGateway.Kubectl.Gateway;

using System.Net.Http.Headers;
using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Kubectl.Login;

/// <summary>HTTP to one gateway: https alone, no redirects, no cookies, bounded in time and size. Every failure becomes one
/// message that a person can act on.</summary>
internal sealed class GatewayTransport : IDisposable
{
    private const int MaxAnswerBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly PluginConfig _config;

    public GatewayTransport(PluginConfig config)
    {
        _config = config;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = Patience,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustOnly(config.CertificateAuthority) },
        };
        _http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kubectl-access", Version));
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/problem+json"));
    }

    public static string Version { get; } =
        typeof(GatewayTransport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public PluginConfig Config => _config;

    /// <param name="path">From the server's root, with its query.</param>
    public async Task<GatewayAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(_config.Server + path)) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            return new(
                (int)response.StatusCode,
                await response.Content.ReadAsByteArrayAsync(cancellation),
                response.Content.Headers.ContentType?.MediaType,
                response.Headers.Date,
                response.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new GatewayOutageException($"{_config.Server} did not answer within {Patience.TotalSeconds:0} seconds");
        }
        catch (HttpRequestException e)
        {
            throw new GatewayOutageException(Explain(e));
        }
    }

    /// <summary>The CAs in a PEM text as the only roots; the system's where there is none. The name is checked in both cases.</summary>
    public static X509ChainPolicy? TrustOnly(string? certificateAuthority)
    {
        if (certificateAuthority is null)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(ParseCertificates(certificateAuthority));
        return policy;
    }

    public static X509Certificate2Collection ParseCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }

        return certificates.Count > 0 ? certificates : throw new CommandFailedException("the certificate authority file holds no certificate in PEM");
    }

    public void Dispose() => _http.Dispose();

    private string Explain(HttpRequestException e) => e.InnerException switch
    {
        AuthenticationException inner when _config.CertificateAuthority is null =>
            $"TLS to {_config.Server} failed: {Reason(inner)}; if the gateway has its own CA, give it: "
            + $"kubectl access login --server {_config.Server} --certificate-authority FILE",
        AuthenticationException inner =>
            $"TLS to {_config.Server} failed: {Reason(inner)}; the trusted CA is the one stored at login, "
            + $"give a newer one with: kubectl access login --server {_config.Server} --certificate-authority FILE",
        _ when e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded => $"the answer of {_config.Server} is too large",
        _ => $"{_config.Server} cannot be reached: {Reason(e)}",
    };

    private static string Reason(Exception e) => (e is HttpRequestException { InnerException: { } inner } ? inner : e).Message.TrimEnd('.');
}
