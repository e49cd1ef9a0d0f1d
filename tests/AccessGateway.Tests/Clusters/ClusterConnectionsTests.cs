namespace AccessGateway.Tests.Clusters;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Bindings;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>TLS to an API server checks chain, name and validity against the pinned CA alone (CVE-2025-9708).</summary>
public sealed class ClusterConnectionsTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Connect_RightCertificate_Accepted() => Assert.Null(await FailureAsync("127.0.0.1", Now.AddDays(1), pinned: true));

    [Fact]
    public async Task Connect_OfAnotherName_Refused() => Assert.IsType<HttpRequestException>(await FailureAsync("10.9.8.7", Now.AddDays(1), pinned: true));

    [Fact]
    public async Task Connect_OfAnotherCa_Refused() => Assert.IsType<HttpRequestException>(await FailureAsync("127.0.0.1", Now.AddDays(1), pinned: false));

    [Fact]
    public async Task Connect_Expired_Refused() => Assert.IsType<HttpRequestException>(await FailureAsync("127.0.0.1", Now.AddMinutes(-1), pinned: true));

    private static async Task<Exception?> FailureAsync(string address, DateTimeOffset notAfter, bool pinned)
    {
        using var ca = Ca();
        using var other = Ca();
        using var certificate = Server(ca, address, notAfter);
        await using var api = await FakeApiServer.StartAsync(certificate);
        var config = Directory.CreateTempSubdirectory("access-gateway-tls-").FullName;
        await File.WriteAllTextAsync(Path.Combine(config, "ca.crt"), (pinned ? ca : other).ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), StandardDocuments.Yaml(api.Address));
        await using var gateway = await TestGateway.CreateAsync(config: config);
        var failure = await Record.ExceptionAsync(() => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken));
        Directory.Delete(config, recursive: true);
        return failure;
    }

    private static X509Certificate2 Ca()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=some API server's CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        return request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(2));
    }

    private static X509Certificate2 Server(X509Certificate2 ca, string address, DateTimeOffset notAfter)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(ca, Now.AddDays(-1), notAfter, RandomNumberGenerator.GetBytes(16)).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
