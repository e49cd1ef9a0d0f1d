namespace AccessGateway.Tests.Clusters;

using System.Net.Sockets;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>What is wrong with the way to an API server, each told apart.</summary>
public sealed class TlsCheckTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Probe_Good_UntilItExpires()
    {
        var (server, certificate) = await ProbeAsync("127.0.0.1", Now.AddDays(100), pinned: true);
        Assert.Equal((CheckOutcome.Ok, CheckOutcome.Ok), (server.Outcome, certificate.Outcome));
    }

    [Fact]
    public async Task Probe_ExpiresSoon_Warned()
    {
        var (server, certificate) = await ProbeAsync("127.0.0.1", Now.AddDays(10), pinned: true);
        Assert.Equal((CheckOutcome.Ok, CheckOutcome.Warning), (server.Outcome, certificate.Outcome));
        Assert.StartsWith("expires in 10 days", certificate.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.9.8.7", 100, true, "is not for '127.0.0.1' but for 10.9.8.7")]
    [InlineData("127.0.0.1", 100, false, "is not of the pinned CA; its issuer is CN=some API server's CA")]
    [InlineData("127.0.0.1", -0.01, true, "expired on")]
    public async Task Probe_Wrong_SaysWhat(string address, double days, bool pinned, string said)
    {
        var (server, _) = await ProbeAsync(address, Now.AddDays(days), pinned);
        Assert.Equal(CheckOutcome.Failed, server.Outcome);
        Assert.Contains(said, server.Found, StringComparison.Ordinal);
        Assert.NotNull(server.Then);
    }

    [Fact]
    public async Task Probe_NobodyListens_Failed()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var (server, certificate) = await TlsCheck.ProbeAsync(Cluster(new Uri($"https://127.0.0.1:{port}"), StandardDocuments.SomeCertificate), Now, TestContext.Current.CancellationToken);
        Assert.Contains("nothing listens there", server.Found, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Unknown, certificate.Outcome);
    }

    [Fact]
    public async Task Probe_NoTls_Failed()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);
        var (server, _) = await TlsCheck.ProbeAsync(Cluster(new Uri($"https://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}"), StandardDocuments.SomeCertificate), Now, TestContext.Current.CancellationToken);
        await answering;
        Assert.Equal(CheckOutcome.Failed, server.Outcome);

        static async Task AnswerAsync(TcpListener listener)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        }
    }

    private static async Task<(ClusterCheckView Server, ClusterCheckView Certificate)> ProbeAsync(string address, DateTimeOffset notAfter, bool pinned)
    {
        using var ca = TestTls.Ca();
        using var other = TestTls.Ca();
        using var certificate = TestTls.Server(ca, address, notAfter);
        await using var api = await FakeApiServer.StartAsync(certificate);
        return await TlsCheck.ProbeAsync(Cluster(api.Address, (pinned ? ca : other).ExportCertificatePem()), TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
    }

    private static ClusterDefinition Cluster(Uri server, string ca) => new()
    {
        Name = "dev",
        Labels = new Dictionary<string, string>(),
        Server = server,
        CertificateAuthority = ca,
        Credentials = null,
        Signer = new SignerDefinition.KubernetesCsr(),
        LeafLifetime = TimeSpan.FromMinutes(10),
    };
}
