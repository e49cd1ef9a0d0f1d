namespace AccessGateway.Clusters;

using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Documents;
using k8s;

/// <summary>
/// One client for each registered cluster, made anew when its document or the gateway's own credentials change. TLS trusts the
/// pinned CA alone and checks chain, name and validity.
/// </summary>
internal sealed class ClusterConnections(CurrentDocuments documents, TimeProvider clock) : IDisposable
{
    /// <summary>How long calls that are under way on a replaced client may take.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Connection> _connections = new(StringComparer.Ordinal);

    /// <summary>The client of a cluster that is registered, or that was until it is forgotten.</summary>
    /// <exception cref="KeyNotFoundException">No such cluster is registered.</exception>
    public IKubernetes For(string name)
    {
        if (documents.Current.Cluster(name) is not { } cluster)
            return _connections[name].Client;
        if (_connections.TryGetValue(name, out var known) && known.Serves(cluster))
            return known.Client;
        var made = new Connection(cluster);
        var kept = _connections.AddOrUpdate(name, made, (_, other) =>
        {
            if (other.Serves(cluster))
                return other;
            RetireLater(other);
            return made;
        });
        return kept.Client;
    }

    /// <summary>Drops the client of a cluster that is registered no more.</summary>
    public void Forget(string name)
    {
        if (documents.Current.Cluster(name) is null && _connections.TryRemove(name, out var connection))
            RetireLater(connection);
    }

    /// <summary>Null where no such cluster is registered.</summary>
    public IKubernetes? Find(string name) => documents.Current.Cluster(name) is null ? null : For(name);

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
            connection.Dispose();
    }

    private void RetireLater(Connection connection) => _ = clock.CreateTimer(_ => connection.Dispose(), null, Grace, Timeout.InfiniteTimeSpan);

    /// <summary>A client and what it was made from.</summary>
    private sealed class Connection(ClusterDefinition cluster) : IDisposable
    {
        private readonly Lazy<IKubernetes> _client = new(() => Connect(cluster));

        public IKubernetes Client => _client.Value;

        public bool Serves(ClusterDefinition other) =>
            cluster.Server == other.Server && cluster.CertificateAuthority == other.CertificateAuthority && cluster.Credentials == other.Credentials;

        public void Dispose()
        {
            if (_client.IsValueCreated)
                _client.Value.Dispose();
        }
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
            // All calls share a connection: one that is dead without saying so must not hold them for long.
            handler.KeepAlivePingDelay = PingDelay;
            handler.KeepAlivePingTimeout = PingDelay;
            handler.SslOptions = TlsOptions(cluster);
            handler.AllowAutoRedirect = false;
            handler.UseProxy = false;
        };
        return new Kubernetes(configuration);
    }

    /// <summary>TLS to the cluster's API server.</summary>
    /// <param name="client">Whose certificate is shown; the gateway's own where missing, if it has one.</param>
    public static SslClientAuthenticationOptions TlsOptions(ClusterDefinition cluster, X509Certificate2? client = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(cluster.CertificateAuthority);
        var options = new SslClientAuthenticationOptions { CertificateChainPolicy = policy, ClientCertificates = [] };
        if (client is not null)
        {
            options.ClientCertificates.Add(client);
        }
        else if (cluster.Credentials is { ClientCertificatePem: { } certificate, ClientKeyPem: { } key })
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
