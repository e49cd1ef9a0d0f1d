namespace AccessGateway.Tests.Clusters;

using System.Net;
using System.Net.Http.Json;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>The clusters for those who look after them: portal and API.</summary>
public sealed class ClusterPagesTests : IAsyncLifetime
{
    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        FakeCluster.Of(_api).AlsoHold("", "secrets", "get");
        _gateway = await TestGateway.CreateAsync(apiServer: _api);
        await _gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        await _gateway.ListenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Check_ByTheButton_ShownOnThePageAndInTheList()
    {
        var alice = await _gateway.AddUserAsync("alice", "platform");
        await _gateway.GrantAsync(alice);
        using var browser = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("olga", "auditors"));
        var before = await browser.GetAsync("/clusters/dev");
        Assert.Contains("Nobody has looked", before.Text, StringComparison.Ordinal);
        Assert.Contains("alice: viewer", before.Text, StringComparison.Ordinal);
        Assert.Contains("a CA that the gateway made", before.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/clusters/dev/posture\"", before.Text, StringComparison.Ordinal);
        Assert.Contains("payments-*", before.Text, StringComparison.Ordinal);

        var (status, _, location) = await browser.PostAsync("/clusters/dev", "check");
        Assert.Equal((HttpStatusCode.Found, "/clusters/dev#checks"), (status, location!.PathAndQuery + location.Fragment));
        var after = (await browser.GetAsync("/clusters/dev")).Text;
        Assert.Contains("get secrets", after, StringComparison.Ordinal);
        Assert.Contains("secrets can be read", after, StringComparison.Ordinal);
        Assert.DoesNotContain("none yet", (await browser.GetAsync("/clusters")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/clusters")]
    [InlineData("/clusters/dev")]
    [InlineData("/clusters/other")]
    public async Task Pages_OfSomebodyWhoMayNot_Forbidden(string path)
    {
        using var browser = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("alice", "platform"));
        var (status, text, _) = await browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.DoesNotContain(_api.Address.Host, text, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/clusters\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfAClusterThatIsNotThere_NotFound()
    {
        using var browser = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("root", "administrators"));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/clusters/other")).Status);
    }

    [Fact]
    public async Task Api_Checks_AsTheContractSays()
    {
        using var client = await _gateway.SignInAsync(await _gateway.AddUserAsync("olga", "auditors"));
        var checks = await client.GetFromJsonAsync("/api/v1/clusters/dev/checks", GatewayJson.Default.ClusterChecksView, TestContext.Current.CancellationToken);
        Assert.Equal(CheckOutcome.Failed, checks!.Outcome);
        Assert.Equal(ClusterCheckNames.All, checks.Checks.Select(check => check.Check));
        using var missing = await client.GetAsync(new Uri("/api/v1/clusters/other/checks", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }
}
