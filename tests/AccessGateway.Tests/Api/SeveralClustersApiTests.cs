namespace AccessGateway.Tests.Api;

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>Requests for several clusters over HTTP and in the portal.</summary>
public sealed class SeveralClustersApiTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private HttpClient _asAlice = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml());
        await _gateway.ListenAsync();
        _alice = await _gateway.AddUserAsync("alice", "platform", "on-call");
        _asAlice = await _gateway.SignInAsync(_alice);
        _browser = await Browser.SignedInAsync(_gateway, _alice);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        _asAlice.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task SubmitToActivate_Several_EachClusterInEveryAnswer()
    {
        using var submitted = await _asAlice.PostAsJsonAsync("/api/v1/access-requests", SeveralClusters.Asked("viewer", "prod", "dev"), GatewayJson.Default.SubmitAccessRequest);
        Assert.Equal(HttpStatusCode.Created, submitted.StatusCode);
        var json = JsonNode.Parse(await submitted.Content.ReadAsStringAsync())!;
        Assert.Equal("""[{"name":"dev","risk":"unknown"},{"name":"prod","risk":"unknown"}]""", json["clusters"]!.ToJsonString());
        var id = (string)json["id"]!;

        var radii = (await _asAlice.GetFromJsonAsync($"/api/v1/access-requests/{id}/blast-radius", GatewayJson.Default.PageBlastRadiusView))!;
        Assert.Equal(["dev", "prod"], radii.Items.Select(radius => radius.Cluster));

        var grants = await ActivateAsync(id);
        Assert.Equal(["dev", "prod"], grants.Select(grant => grant.Cluster));
        var request = (await _asAlice.GetFromJsonAsync($"/api/v1/access-requests/{id}", GatewayJson.Default.AccessRequestView))!;
        Assert.Equal(grants.Select(grant => grant.Id), request.GrantIds);
        var listed = (await _asAlice.GetFromJsonAsync("/api/v1/access-requests?cluster=prod", GatewayJson.Default.PageAccessRequestView))!;
        Assert.Equal(id, Assert.Single(listed.Items).Id);
        Assert.Empty((await _asAlice.GetFromJsonAsync("/api/v1/access-requests?cluster=qa", GatewayJson.Default.PageAccessRequestView))!.Items);
    }

    [Theory]
    [InlineData("""{"clusters":["dev","qa"],"role":"admin","reason":"INC-1 disk full"}""", "'qa'")]
    [InlineData("""{"clusters":["dev","prod"],"role":"deploy","reason":"INC-1 disk full"}""", "Ask for each by itself")]
    [InlineData("""{"clusters":["dev","prod"],"role":"admin","reason":"INC-1 disk full","breakGlass":true}""", "one cluster at a time")]
    public async Task Submit_NotForAll_SaysWhy(string body, string why)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _asAlice.PostAsync(new Uri("/api/v1/access-requests", UriKind.Relative), content);
        Assert.Contains((int)answer.StatusCode, new[] { 403, 422 });
        Assert.Contains(why, (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem))!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Portal_TwoTicked_OneRequestThatShowsBoth()
    {
        var form = (await _browser.GetAsync("/requests/new?cluster=dev&role=viewer")).Text;
        Assert.Contains("name=\"also\" value=\"prod\"", form, StringComparison.Ordinal);
        Assert.Contains("name=\"also\" value=\"qa\"", form, StringComparison.Ordinal);
        // Where the name means another role, or none, there is nothing to tick.
        Assert.DoesNotContain("name=\"also\"", (await _browser.GetAsync("/requests/new?cluster=dev&role=deploy")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"qa\"", (await _browser.GetAsync("/requests/new?cluster=dev&role=admin")).Text, StringComparison.Ordinal);

        var (_, _, location) = await _browser.PostAsync(
            "/requests/new?cluster=dev&role=viewer", "request", ("key", "k1"), ("duration", "10m"), ("reason", "INC-1 disk full"), ("also", "prod"), ("also", "qa"));
        var path = location!.IsAbsoluteUri ? location.PathAndQuery : location.ToString();
        var page = (await _browser.GetAsync(path)).Text;
        Assert.Contains("viewer on dev, prod, qa", page, StringComparison.Ordinal);
        foreach (var cluster in new[] { "dev", "prod", "qa" })
            Assert.Contains($"<h3>On {cluster}</h3>", page, StringComparison.Ordinal);
        // Two panels on one page: an id stands for one thing.
        Assert.All(System.Text.RegularExpressions.Regex.Matches(page, " id=\"([^\"]+)\"").GroupBy(match => match.Value), same => Assert.Single(same));

        var grants = await ActivateAsync(path.Split('/')[^1]);
        page = (await _browser.GetAsync(path)).Text;
        foreach (var grant in grants)
            Assert.Contains($"<a href=\"/grants/{grant.Id}\">{grant.Id}</a>", page, StringComparison.Ordinal);
        Assert.Contains("with a grant on each of dev, prod, qa", page, StringComparison.Ordinal);
    }

    /// <summary>Before anything is asked for: on each that is ticked, by the address or by the form, which keeps what was typed.</summary>
    [Fact]
    public async Task Portal_Ticked_ShownWhatItAllowsOnEachAndNothingSubmitted()
    {
        Assert.Equal([], Headings((await _browser.GetAsync("/requests/new?cluster=dev&role=viewer")).Text));
        Assert.Equal(["dev", "prod"], Headings((await _browser.GetAsync("/requests/new?cluster=dev&role=viewer&also=prod&also=mars&also=prod")).Text));
        var (status, page, _) = await _browser.PostAsync(
            "/requests/new?cluster=dev&role=viewer", "request", ("key", "k1"), ("duration", "10m"), ("reason", "INC-1 disk"), ("also", "prod"), ("also", "qa"), ("look", "1"));
        Assert.Equal((HttpStatusCode.OK, true), (status, page.Contains("INC-1 disk", StringComparison.Ordinal)));
        Assert.Equal(["dev", "prod", "qa"], Headings(page));
        Assert.Matches("value=\"qa\" checked", page);
        Assert.DoesNotContain(await _gateway.AuditAsync(), row => row.Type == "access_request.submitted");
    }

    [Fact]
    public async Task Portal_OneOfThemRefused_SaidAndTheTicksStay()
    {
        var (status, page, _) = await _browser.PostAsync(
            "/requests/new?cluster=dev&role=viewer", "request", ("key", "k1"), ("duration", "10m"), ("reason", "INC-1 disk full"), ("also", "prod"), ("also", "mars"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("on cluster &#x27;mars&#x27;", page, StringComparison.Ordinal);
        Assert.Matches("value=\"prod\" checked", page);
        Assert.DoesNotMatch("value=\"qa\" checked", page);
        (_, page, _) = await _browser.PostAsync("/requests/new?cluster=dev&role=viewer", "request", ("key", "k1"), ("duration", "10m"), ("reason", "INC-1 disk full"), ("also", "dev"));
        Assert.Contains("must have none twice", page, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Headings(string page) =>
        System.Text.RegularExpressions.Regex.Matches(page, "<h3>On ([a-z]+)</h3>").Select(match => match.Groups[1].Value);

    [Fact]
    public async Task Portal_Reviews_EveryClusterIsNamedBeforeTheVerdict()
    {
        var request = await _gateway.SubmitToSeveralAsync(_alice, "admin");
        using var reviewer = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("rita", "sre"));
        Assert.Contains("alice: admin on dev, prod", (await reviewer.GetAsync("/reviews")).Text, StringComparison.Ordinal);
        var page = (await reviewer.GetAsync($"/requests/{request.Id}")).Text;
        Assert.Contains("on each of the clusters <strong>dev, prod</strong>", page, StringComparison.Ordinal);
        Assert.Contains("<h3>On dev</h3>", page, StringComparison.Ordinal);
        Assert.Contains("<h3>On prod</h3>", page, StringComparison.Ordinal);
        Assert.Contains("value=\"approve\"", page, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<GrantView>> ActivateAsync(string id)
    {
        using var call = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{id}/activate");
        call.Headers.Add(StepUpActions.Header, await _gateway.ProveAsync(_asAlice, _alice, StepUpActions.Activate(id)));
        using var answer = await _asAlice.SendAsync(call);
        Assert.Equal((HttpStatusCode.Created, $"/api/v1/access-requests/{id}"), (answer.StatusCode, answer.Headers.Location!.ToString()));
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items;
    }
}
