namespace AccessGateway.Tests.KubeCalls;

using System.Net;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.KubeCalls;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Xunit;

/// <summary>What API servers tell of calls under grants: who may tell it, what is kept, and that telling it twice changes nothing.</summary>
public sealed class KubeAuditTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Send_CallsUnderGrants_KeptOnceWithWhatMatters(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var at = gateway.Clock.GetUtcNow();
        // Out of order, in two deliveries, one of them twice.
        var end = KubeAudit.List(KubeAudit.Event(grant.Id, at, at: at.AddSeconds(1)), KubeAudit.Event("gr-0000000000000", at), KubeAudit.Event("x", at), null);
        foreach (var body in new[] { end, KubeAudit.List(KubeAudit.Event(grant.Id, at, "RequestReceived", code: null)), end })
            Assert.Equal(HttpStatusCode.NoContent, (await gateway.SendAsync(body)).StatusCode);
        var call = Assert.Single(await CallsAsync(gateway, grant));
        Assert.Equal(("alice", "get pods shop/web-1", false, 200, "192.0.2.7"), (call.User, call.Words, call.Stream, call.Code, call.SourceIp));
        Assert.Equal(("kubectl/v1.36.0", "X509SHA256=00"), (call.UserAgent, call.CredentialId));
        Assert.Equal(1, (call.EndedAt - call.At)?.TotalSeconds);
        Assert.Single(await StoredAsync(gateway));
    }

    /// <summary>An API server takes the audit id that a caller sends. Nobody hides an exec behind a call that is over.</summary>
    [Fact]
    public async Task Send_CallerChoseTheSameAuditId_TwoCalls()
    {
        await using var gateway = await StartAsync();
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var at = gateway.Clock.GetUtcNow();
        await gateway.SendAsync(KubeAudit.List(
            KubeAudit.Event(grant.Id, at),
            KubeAudit.Event(grant.Id, at.AddTicks(10), "ResponseStarted", "create", subresource: "exec", uri: "/api/v1/namespaces/shop/pods/web-1/exec?command=sh&stdin=true", code: 101)));
        Assert.Equal(["exec into pods shop/web-1", "get pods shop/web-1"], (await CallsAsync(gateway, grant)).Select(call => call.Words));
        Assert.DoesNotContain(await StoredAsync(gateway), call => call.Resource.Contains("command", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dev", null)]
    [InlineData("dev", "")]
    [InlineData("dev", "0123456789abcdef0123456789abcdee")]
    [InlineData("nowhere", KubeAudit.Secret)]
    public async Task Send_WithoutTheClustersSecret_Unauthenticated(string cluster, string? secret)
    {
        await using var gateway = await StartAsync();
        var answer = await gateway.SendAsync("no JSON even", secret, cluster);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(ProblemCodes.Unauthenticated, (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.Problem, TestContext.Current.CancellationToken))!.Code);
    }

    [Fact]
    public async Task Send_ClusterThatIsToSendNothing_Unauthenticated()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        foreach (var secret in new[] { KubeAudit.Secret, "", null })
            Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.SendAsync(KubeAudit.List(), secret)).StatusCode);
    }

    [Theory]
    [InlineData("""{"kind":"EventList","apiVersion":"audit.k8s.io/v1beta1","items":[]}""")]
    [InlineData("""{"kind":"EventList","apiVersion":"audit.k8s.io/v1"}""")]
    [InlineData("""{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":{}}""")]
    [InlineData("""{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"user":"alice"}]}""")]
    [InlineData("""{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"requestReceivedTimestamp":"yesterday"}]}""")]
    [InlineData("[")]
    [InlineData("")]
    [InlineData("null")]
    public async Task Send_NoEventList_Malformed(string body)
    {
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await gateway.SendAsync(body)).StatusCode);
    }

    [Fact]
    public async Task Send_DeepManyOrHuge_RefusedAndAlive()
    {
        await using var gateway = await StartAsync();
        var deep = string.Concat(Enumerable.Repeat("[", 300)) + string.Concat(Enumerable.Repeat("]", 300));
        Assert.Equal(HttpStatusCode.BadRequest, (await gateway.SendAsync($$"""{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{{deep}},"items":[]}""")).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await gateway.SendAsync(KubeAudit.List(new System.Text.Json.Nodes.JsonNode?[5001]))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await gateway.SendAsync(new string(' ', 11 * 1024 * 1024))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await gateway.SendAsync(KubeAudit.List(), type: "text/plain")).StatusCode);
        // Larger than anything else may be, and in order.
        var at = gateway.Clock.GetUtcNow();
        Assert.Equal(HttpStatusCode.NoContent, (await gateway.SendAsync(KubeAudit.List([.. Enumerable.Range(0, 400).Select(index => KubeAudit.Event("gr-0000000000000", at, name: $"pod-{index}"))]))).StatusCode);
    }

    /// <summary>Texts come from callers of the cluster: a user agent of any length, names with control characters.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Send_LongAndOddTexts_CutAndKept(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var odd = KubeAudit.Event(grant.Id, gateway.Clock.GetUtcNow(), name: "a\u0000b\u001b[31m");
        odd["userAgent"] = new string('x', 10_000);
        Assert.Equal(HttpStatusCode.NoContent, (await gateway.SendAsync(KubeAudit.List(odd))).StatusCode);
        var call = Assert.Single(await CallsAsync(gateway, grant));
        Assert.Equal(("a?b?[31m", 200), (call.Name, call.UserAgent!.Length));
    }

    [Fact]
    public async Task Send_GrantOfAnotherCluster_Dropped()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: KubeAudit.Documents() + "\n---\n" + KubeAudit.Documents().Split("\n---")[0].Replace("name: dev", "name: prod", StringComparison.Ordinal));
        await gateway.ListenAsync();
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        Assert.Equal(HttpStatusCode.NoContent, (await gateway.SendAsync(KubeAudit.List(KubeAudit.Event(grant.Id, gateway.Clock.GetUtcNow())), cluster: "prod")).StatusCode);
        Assert.Empty(await StoredAsync(gateway));
    }

    /// <summary>Two replicas are told of two stages of a call at once: neither is lost.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Keep_StagesAtOnce_BothNoted(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var at = gateway.Clock.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(index => Task.Run(async () =>
        {
            var (stage, code) = index % 2 == 0 ? ("ResponseStarted", (int?)200) : ("ResponseComplete", 200);
            Assert.Equal(HttpStatusCode.NoContent, (await gateway.SendAsync(KubeAudit.List(KubeAudit.Event(grant.Id, at, stage, "watch", at: at.AddSeconds(index), code: code)))).StatusCode);
        })));
        var call = Assert.Single(await StoredAsync(gateway));
        Assert.NotNull(call.StartedAt);
        Assert.NotNull(call.CompletedAt);
    }

    [Fact]
    public async Task Calls_AnotherPersonsGrant_NotFound()
    {
        await using var gateway = await StartAsync();
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        using var bob = await gateway.SignInAsync(await gateway.AddUserAsync("bob", "platform"));
        Assert.Equal(HttpStatusCode.NotFound, (await bob.GetAsync(new Uri($"/api/v1/grants/{grant.Id}/calls", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Remove_OlderThanKept_Gone(DatabaseKind kind)
    {
        await using var gateway = await StartAsync(kind);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await gateway.SendAsync(KubeAudit.List(KubeAudit.Event(grant.Id, gateway.Clock.GetUtcNow())));
        await RemoveAsync(gateway, KubeCallCleaning.Kept);
        Assert.Single(await StoredAsync(gateway));
        await RemoveAsync(gateway, KubeCallCleaning.Kept + TimeSpan.FromSeconds(1));
        Assert.Empty(await StoredAsync(gateway));
    }

    private static Task<int> RemoveAsync(TestGateway gateway, TimeSpan later) => gateway.WithAsync<GatewayDbContext, int>(async db =>
    {
        await KubeCallCleaning.RemoveAsync(db, gateway.Clock.GetUtcNow() + later, TestContext.Current.CancellationToken);
        return 0;
    });

    private static async Task<TestGateway> StartAsync(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var gateway = await TestGateway.CreateAsync(kind, KubeAudit.Documents());
        await gateway.ListenAsync();
        return gateway;
    }

    private static Task<IReadOnlyList<KubeCallView>> CallsAsync(TestGateway gateway, Grant grant) =>
        gateway.WithAsync<KubeCalls, IReadOnlyList<KubeCallView>>(calls => calls.LatestAsync(grant.Id, 100, TestContext.Current.CancellationToken));

    private static Task<List<KubeCall>> StoredAsync(TestGateway gateway) =>
        gateway.WithAsync<GatewayDbContext, List<KubeCall>>(db => Task.FromResult(db.KubeCalls.ToList()));
}
