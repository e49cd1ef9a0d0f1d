namespace AccessGateway.Tests.Clusters;

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
        using var ca = TestTls.Ca();
        using var other = TestTls.Ca();
        using var certificate = TestTls.Server(ca, address, notAfter);
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
}
