namespace AccessGateway.Tests.Api;

using System.Net;
using AccessGateway.Testing;
using Microsoft.Extensions.Options;
using Xunit;

public sealed class MetricsTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Get_NoSecretSet_NoSuchAddress()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(gateway, Secret)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(gateway, null)).Status);
    }

    [Fact]
    public async Task Get_SecretSet_ForWhoHasItAlone()
    {
        await using var gateway = await StartAsync(Secret + "\n");
        foreach (var wrong in new[] { null, "", Secret[1..], Secret + "x", Secret.ToUpperInvariant() })
        {
            var (status, text) = await GetAsync(gateway, wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.DoesNotContain("dotnet", text, StringComparison.Ordinal);
        }

        var (ok, metrics) = await GetAsync(gateway, Secret);
        Assert.Equal(HttpStatusCode.OK, ok);
        Assert.Contains("http_server_request_duration_seconds_count", metrics, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections", metrics, StringComparison.Ordinal);
    }

    /// <summary>Another secret is in force as soon as it is written; without one nobody reads.</summary>
    [Fact]
    public async Task Get_FileReplaced_TheNewSecretCounts()
    {
        await using var gateway = await StartAsync(Secret);
        var other = new string('z', 40);
        await File.WriteAllTextAsync(_file, other, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(gateway, Secret)).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(gateway, other)).Status);
        await File.WriteAllTextAsync(_file, "", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(gateway, "")).Status);
    }

    /// <summary>What the reconciler did, by cluster, and nothing that grows with people and grants.</summary>
    [Fact]
    public async Task Get_AfterAGrant_TheReconcilersOwnByCluster()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(Secret, api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await Eventually.TrueAsync(async () => (await GetAsync(gateway, Secret)).Text.Contains("bindings_bound_total", StringComparison.Ordinal));
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = AccessGateway.Tests.Bindings.ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        gateway.Clock.Advance(grant.NotAfter - gateway.Clock.GetUtcNow());
        var metrics = "";
        await Eventually.TrueAsync(async () =>
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            metrics = (await GetAsync(gateway, Secret)).Text;
            return metrics.Contains("unbound_after", StringComparison.Ordinal) && metrics.Contains("orphans_removed", StringComparison.Ordinal);
        });
        Assert.Matches(@"access_gateway_bindings_bound_total\{[^}]*cluster=""dev""[^}]*\} 1", metrics);
        Assert.Matches(@"access_gateway_bindings_unbound_after_seconds_count\{[^}]*cluster=""dev"",end=""expired""[^}]*\} 1", metrics);
        Assert.Matches(@"access_gateway_bindings_orphans_removed_total\{[^}]*cluster=""dev""[^}]*\} 1", metrics);
        Assert.Contains("access_gateway_bindings_pass_duration_seconds_bucket", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(grant.Id, metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData(null)]
    public async Task Start_SecretTooShortOrMissing_Refused(string? secret)
    {
        await File.WriteAllTextAsync(_file, secret ?? "", TestContext.Current.CancellationToken);
        await using var gateway = await TestGateway.CreateAsync(settings: new() { ["Metrics:SecretFile"] = secret is null ? "/nowhere" : _file });
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(gateway.ListenAsync);
        Assert.Contains("Metrics:SecretFile", refused.Message, StringComparison.Ordinal);
    }

    private async Task<TestGateway> StartAsync(string secret, FakeApiServer? api = null)
    {
        await File.WriteAllTextAsync(_file, secret);
        var gateway = await TestGateway.CreateAsync(apiServer: api, background: true, settings: new() { ["Metrics:SecretFile"] = _file });
        await gateway.ListenAsync();
        return gateway;
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(TestGateway gateway, string? secret)
    {
        using var client = gateway.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (secret is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
