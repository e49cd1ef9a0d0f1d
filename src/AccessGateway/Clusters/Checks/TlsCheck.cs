namespace AccessGateway.Clusters;

using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;

/// <summary>
/// Whether the API server is reached, and if TLS refuses it, why: the client says only that something is wrong with the certificate.
/// A handshake of its own, with the same demands and without credentials; nothing is sent over it.
/// </summary>
internal static class TlsCheck
{
    public static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <summary>The findings about the server and its certificate; the second is unknown where there was none.</summary>
    public static async Task<(ClusterCheckView Server, ClusterCheckView Certificate)> ProbeAsync(ClusterDefinition cluster, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (host, port) = (cluster.Server.DnsSafeHost, cluster.Server.Port);
        var (shown, refused) = ((DateTimeOffset?)null, (ClusterCheckView?)null);
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(host, port, cancellationToken);
            var options = ClusterConnections.TlsOptions(cluster);
            options.TargetHost = host;
            options.ClientCertificates = null;
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                if (certificate is X509Certificate2 server)
                    (shown, refused) = (server.NotAfter.ToUniversalTime(), Problem(server, chain, errors, host, now));
                return errors == SslPolicyErrors.None;
            };
            await using var tls = new SslStream(connection.GetStream());
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return (Checked.Ok(ClusterCheckNames.Server, $"{host}:{port} is reached, and its certificate is one of the pinned CA for this name"), Lifetime(shown, now));
        }
        catch (AuthenticationException e)
        {
            return (refused ?? Checked.Failed(ClusterCheckNames.Server, $"{host}:{port} does not agree on TLS: {e.Message}", "Check that spec.server is the address of an API server."), Lifetime(shown, now));
        }
        catch (SocketException e)
        {
            return (Unreached(host, port, e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "nothing listens there",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "there is no such host",
                _ => e.Message,
            }), NotSeen());
        }
        catch (IOException e)
        {
            return (Unreached(host, port, e.Message), NotSeen());
        }
    }

    public static ClusterCheckView NotSeen() => Checked.Unknown(ClusterCheckNames.ServerCertificate, "no certificate was seen");

    public static ClusterCheckView Unreached(string host, int port, string why) =>
        Checked.Failed(ClusterCheckNames.Server, $"{host}:{port} is not reached: {why}", "Check spec.server, that the API server runs, and that a firewall or NetworkPolicy lets the gateway through.");

    /// <summary>The first that is wrong, in the order in which one would mend it; null where nothing is.</summary>
    private static ClusterCheckView? Problem(X509Certificate2 server, X509Chain? chain, SslPolicyErrors errors, string host, DateTimeOffset now)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            if (now > server.NotAfter.ToUniversalTime())
                return Refused($"the API server's certificate expired on {Day(server.NotAfter)}", "Renew the API server's certificate (kubeadm: kubeadm certs renew apiserver).");
            if (now < server.NotBefore.ToUniversalTime())
                return Refused($"the API server's certificate is not valid before {Day(server.NotBefore)}", "Compare the clocks of the gateway and of whoever made the certificate.");
            var states = chain?.ChainStatus.Select(status => status.Status).ToList() ?? [];
            return states.Exists(state => state is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.NotSignatureValid)
                ? Refused($"the API server's certificate is not of the pinned CA; its issuer is {server.Issuer}", "Put the CA of the API server's serving certificate into spec.certificateAuthority; if it did not change, somebody is in between.")
                : Refused($"the API server's certificate is not acceptable: {string.Join(", ", states)}", "Look at the API server's serving certificate and its chain.");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return Refused($"the API server's certificate is not for '{host}' but for {Names(server)}", "Use one of these names in spec.server, or add the name to the certificate (kube-apiserver: --apiserver-cert-extra-sans of kubeadm).");
        return errors == SslPolicyErrors.None ? null : Refused("the API server shows no certificate", "Check that spec.server is the address of an API server.");

        static ClusterCheckView Refused(string found, string then) => Checked.Failed(ClusterCheckNames.Server, found, then);
    }

    private static string Names(X509Certificate2 server)
    {
        var names = server.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString()))).Take(10).ToList();
        return names.Count == 0 ? "no name at all" : string.Join(", ", names);
    }

    private static ClusterCheckView Lifetime(DateTimeOffset? notAfter, DateTimeOffset now) => notAfter is not { } end ? NotSeen()
        : end <= now ? Checked.Failed(ClusterCheckNames.ServerCertificate, $"expired on {Day(end.UtcDateTime)}", "Renew the API server's certificate.")
        : end - now < Soon ? Checked.Warning(ClusterCheckNames.ServerCertificate, $"expires in {(end - now).TotalDays:0} days, on {Day(end.UtcDateTime)}", "Renew the API server's certificate in time; without it nobody is bound, and nobody unbound before their leaf ends.")
        : Checked.Ok(ClusterCheckNames.ServerCertificate, $"valid until {Day(end.UtcDateTime)}");

    private static string Day(DateTime instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
