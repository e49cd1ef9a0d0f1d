namespace AccessGateway.Tests.KubeCalls;

using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

/// <summary>Kubernetes asks nobody again while a stream lasts: which were open when access ended is shown, told and audited.</summary>
public sealed class OpenStreamsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Relinquish_WithOpenStreams_NamedInTheAnswerAndCountedInTheAudit(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, KubeAudit.Documents(api.Address), api);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        await SendAsync(gateway, grant);
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));

        using var client = await gateway.SignInAsync(alice);
        using var answer = await client.PostAsync(new Uri($"/api/v1/grants/{grant.Id}/relinquish", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        var ended = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.GrantView, TestContext.Current.CancellationToken))!;
        Assert.Equal(["exec into pods shop/web-1", "watch pods shop/web-1", "follow the log of pods shop/web-1"], ended.OpenStreams!.Select(call => call.Words));
        Assert.Equal("3", (await gateway.AuditAsync()).Single(row => row.Type == "binding.removed").Details["openStreams"]);

        // Closed since: it was open at the end all the same.
        var at = gateway.Clock.GetUtcNow();
        await gateway.SendAsync(KubeAudit.List(Exec(grant, grant.NotBefore, "ResponseComplete", at.AddSeconds(5))));
        var view = (await client.GetFromJsonAsync($"/api/v1/grants/{grant.Id}", GatewayJson.Default.GrantView, TestContext.Current.CancellationToken))!;
        Assert.Equal(at.AddSeconds(5), view.OpenStreams!.Single(call => call.Subresource == "exec").EndedAt!.Value, TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, view.OpenStreams!.Count(call => call.EndedAt is null));
        Assert.All((await client.GetFromJsonAsync("/api/v1/grants", GatewayJson.Default.PageGrantView, TestContext.Current.CancellationToken))!.Items, item => Assert.Null(item.OpenStreams));
    }

    [Fact]
    public async Task View_Active_WhatIsOpenNow()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: KubeAudit.Documents());
        await gateway.ListenAsync();
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        Assert.Empty((await ViewAsync(gateway, grant)).OpenStreams!);
        await SendAsync(gateway, grant);
        Assert.Equal(3, (await ViewAsync(gateway, grant)).OpenStreams!.Count);
        await gateway.SendAsync(KubeAudit.List(Exec(grant, grant.NotBefore, "ResponseComplete", gateway.Clock.GetUtcNow())));
        Assert.Equal(2, (await ViewAsync(gateway, grant)).OpenStreams!.Count);
    }

    [Fact]
    public async Task Portal_GrantPage_ShowsCallsAndStreamsAndWhatTheyOutlive()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(documents: KubeAudit.Documents(api.Address), apiServer: api);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        await SendAsync(gateway, grant);
        using var browser = await Browser.SignedInAsync(gateway, alice);
        var active = (await browser.GetAsync($"/grants/{grant.Id}")).Text;
        Assert.Contains("Calls to the cluster", active, StringComparison.Ordinal);
        Assert.Contains("Open now: 3. Ending the grant does not close them", active, StringComparison.Ordinal);
        await browser.PostAsync($"/grants/{grant.Id}", "relinquish");
        var ended = (await browser.GetAsync($"/grants/{grant.Id}")).Text;
        Assert.Contains("These streams were open when access ended.", ended, StringComparison.Ordinal);
        Assert.Contains("exec into pods shop/web-1", ended, StringComparison.Ordinal);
    }

    /// <summary>Nobody says that none is open where nobody knows.</summary>
    [Fact]
    public async Task View_ClusterDoesNotTell_Unknown()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        Assert.Null((await ViewAsync(gateway, grant)).OpenStreams);
        await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("openStreams", (await gateway.AuditAsync()).Single(row => row.Type == "binding.removed").Details.Keys);
    }

    /// <summary>Three streams; and what is none: a short call, a refused exec, a watch that is over, a log that was read once.</summary>
    private static async Task SendAsync(TestGateway gateway, Grant grant)
    {
        var at = grant.NotBefore;
        var answer = await gateway.SendAsync(KubeAudit.List(
            Exec(grant, at, "ResponseStarted", at),
            Call(2, "ResponseStarted", "watch", code: 200),
            Call(3, "ResponseStarted", "get", "log", "/api/v1/namespaces/shop/pods/web-1/log?container=c&follow=true"),
            Call(4, "RequestReceived", "get", code: null),
            Call(5, "ResponseComplete", "create", "exec", code: 403),
            Call(6, "ResponseComplete", "watch"),
            Call(7, "RequestReceived", "get", "log", "/api/v1/namespaces/shop/pods/web-1/log?followed=true", code: null)));
        Assert.True(answer.IsSuccessStatusCode);

        System.Text.Json.Nodes.JsonObject Call(int number, string stage, string verb, string? subresource = null, string uri = "/x", int? code = 200) =>
            KubeAudit.Event(grant.Id, at.AddMilliseconds(number), stage, verb, subresource: subresource, auditId: $"call-{number}", uri: uri, code: code);
    }

    private static System.Text.Json.Nodes.JsonObject Exec(Grant grant, DateTimeOffset received, string stage, DateTimeOffset at) =>
        KubeAudit.Event(grant.Id, received, stage, "create", subresource: "exec", auditId: "call-1", uri: "/api/v1/namespaces/shop/pods/web-1/exec?command=sh", at: at, code: 101);

    private static Task<GrantView> ViewAsync(TestGateway gateway, Grant grant) =>
        gateway.WithAsync<GrantDetails, GrantView>(details => details.ViewAsync(grant, TestContext.Current.CancellationToken));
}
