namespace AccessGateway.Clusters;

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Documents;
using k8s;

/// <summary>One client for each registered cluster. TLS trusts the pinned CA alone and checks chain, name and validity.</summary>
internal sealed class ClusterConnections : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, Lazy<IKubernetes>> _clients;

    public ClusterConnections(GatewayDocuments documents) =>
        _clients = documents.Clusters.ToDictionary(cluster => cluster.Name, cluster => new Lazy<IKubernetes>(() => Connect(cluster)));

    /// <exception cref="KeyNotFoundException">No such cluster is registered.</exception>
    public IKubernetes For(string cluster) => _clients[cluster].Value;

    /// <summary>Null where no such cluster is registered.</summary>
    public IKubernetes? Find(string cluster) => _clients.GetValueOrDefault(cluster)?.Value;

    public void Dispose()
    {
        foreach (var client in _clients.Values.Where(client => client.IsValueCreated))
            client.Value.Dispose();
    }

    private static Kubernetes Connect(ClusterDefinition cluster)
    {
        var configuration = cluster.Credentials is null ? KubernetesClientConfiguration.InClusterConfig() : new KubernetesClientConfiguration();
        configuration.Host = cluster.Server.ToString();
        configuration.UserAgent = "access-gateway";
        configuration.HttpClientTimeout = RequestTimeout;
        if (cluster.Credentials is { } credentials)
            configuration.AccessToken = credentials.Token;

        // The client's own handling of a CA would replace .NET's checks by a callback that forgets the name; a chain policy
        // keeps all of them and only swaps the roots.
        configuration.SslCaCerts = null;
        configuration.FirstMessageHandlerSetup = handler =>
        {
            handler.ConnectTimeout = ConnectTimeout;
            handler.SslOptions = TlsOptions(cluster);
            handler.AllowAutoRedirect = false;
            handler.UseProxy = false;
        };
        return new Kubernetes(configuration);
    }

    private static SslClientAuthenticationOptions TlsOptions(ClusterDefinition cluster)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(cluster.CertificateAuthority);
        var options = new SslClientAuthenticationOptions { CertificateChainPolicy = policy, ClientCertificates = [] };
        if (cluster.Credentials is { ClientCertificatePem: { } certificate, ClientKeyPem: { } key })
        {
            using var pem = X509Certificate2.CreateFromPem(certificate, key);
            options.ClientCertificates.Add(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null));
        }

        return options;
    }

    /// <summary>Null where the text holds at least one certificate in PEM.</summary>
    public static string? CertificateAuthorityProblem(string pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            return certificates.Count > 0 ? null : "holds no certificate in PEM.";
        }
        catch (CryptographicException)
        {
            return "holds no readable certificate.";
        }
    }
}
