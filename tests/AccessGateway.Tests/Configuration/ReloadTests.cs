namespace AccessGateway.Tests.Configuration;

using AccessGateway.Bindings;
using AccessGateway.Clusters;
using AccessGateway.Configuration;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using AccessGateway.Tests.Bindings;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Documents that change while the gateway runs.</summary>
public sealed class ReloadTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Look_RoleTakenOut_NotOfferedAnyMoreAndAudited(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var before = Documents(gateway).Current.Digest;
        Edit(gateway, yaml => yaml.Replace("name: viewer", "name: reader", StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        Assert.Equal(ProblemCodes.NotOffered, TestGateway.RefusalOf(await gateway.TrySubmitAsync(alice, Workflow.Asked("viewer"))).Code);
        var request = await gateway.SubmitAsync(alice, "reader");
        Assert.Equal(Documents(gateway).Current.Digest, request.PolicyDigest);
        var reloaded = Assert.Single(await gateway.AuditAsync(), row => row.Type == "configuration.reloaded");
        Assert.Equal((before, request.PolicyDigest), (reloaded.Details["before"], reloaded.Details["policyDigest"]));
    }

    [Fact]
    public async Task Look_NothingChanged_NothingDone()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var before = Documents(gateway).Current;
        Assert.False(await LookAsync(gateway));
        Assert.Same(before, Documents(gateway).Current);
    }

    [Fact]
    public async Task Look_BrokenDocument_OldOnesInForceAlarmOnceAndGoneAfterRepair()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (before, yaml) = (Documents(gateway).Current, Edit(gateway, text => text.Replace("maxDuration: 8h", "maxDuration: forever", StringComparison.Ordinal).Replace("name: viewer", "name: reader", StringComparison.Ordinal)));
        Assert.False(await LookAsync(gateway));
        Assert.False(await LookAsync(gateway));
        Assert.Same(before, Documents(gateway).Current);
        await gateway.SubmitAsync(alice, "viewer");
        var refused = Assert.Single(await gateway.AuditAsync(), row => row.Type == "configuration.refused");
        Assert.Contains("maxDuration", refused.Details["first"], StringComparison.Ordinal);
        using (var client = gateway.Anonymous())
            Assert.StartsWith("ok\nconfiguration: refused since", await client.GetStringAsync(new Uri("/readyz", UriKind.Relative)), StringComparison.Ordinal);

        using var administrator = await Browser.SignedInAsync(gateway, await gateway.AddUserAsync("root", "administrators"));
        using var other = await Browser.SignedInAsync(gateway, alice);
        Assert.Contains("id=\"configuration-refused\"", (await administrator.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("configuration-refused", (await other.GetAsync("/")).Text, StringComparison.Ordinal);

        Edit(gateway, _ => yaml);
        Assert.True(await LookAsync(gateway));
        Assert.Null(Documents(gateway).Refused);
        using var again = gateway.Anonymous();
        Assert.Equal("ok", await again.GetStringAsync(new Uri("/readyz", UriKind.Relative)));
    }

    [Fact]
    public async Task Look_FolderEmpty_TakenForAMissingVolume()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var before = Documents(gateway).Current;
        File.Delete(FileOf(gateway));
        Assert.False(await LookAsync(gateway));
        Assert.Same(before, Documents(gateway).Current);
        Assert.Contains("no document any more", Documents(gateway).Refused!.Errors[0].Message, StringComparison.Ordinal);
    }

    /// <summary>A token that was renewed beside the documents, and how a mounted ConfigMap changes: by a link.</summary>
    [Fact]
    public async Task Look_FileThatADocumentNamesChanged_NewConnection()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var connections = gateway.Services.GetRequiredService<ClusterConnections>();
        var (digest, client) = (Documents(gateway).Current.Digest, connections.For(TestGateway.Cluster));
        Assert.Same(client, connections.For(TestGateway.Cluster));
        var kubeconfig = Path.Combine(Documents(gateway).Folder, "gateway.kubeconfig");
        var renewed = Path.Combine(Directory.CreateDirectory(Path.Combine(Documents(gateway).Folder, "..data")).FullName, "renewed");
        await File.WriteAllTextAsync(renewed, StandardDocuments.Kubeconfig.Replace("fake-token", "renewed-token", StringComparison.Ordinal));
        File.Delete(kubeconfig);
        File.CreateSymbolicLink(kubeconfig, renewed);
        Assert.True(await LookAsync(gateway));
        Assert.NotEqual(digest, Documents(gateway).Current.Digest);
        Assert.NotSame(client, connections.For(TestGateway.Cluster));
    }

    [Fact]
    public async Task Look_LeafLifetimeChanged_NewSigner()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        var signers = gateway.Services.GetRequiredService<Signers>();
        var before = await signers.ForAsync(Documents(gateway).Current.Clusters[0], default);
        Assert.Same(before, await signers.ForAsync(Documents(gateway).Current.Clusters[0], default));
        Edit(gateway, yaml => yaml.Replace("leafLifetime: 10m", "leafLifetime: 5m", StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        Assert.NotSame(before, await signers.ForAsync(Documents(gateway).Current.Clusters[0], default));
    }

    [Theory]
    [InlineData("name: viewer", "name: reader")]
    [InlineData("clusterRole: view,", "clusterRole: edit,")]
    [InlineData("groups: [platform]", "groups: [others]")]
    [InlineData("clusters: {names: [dev]}", "clusters: {names: [prod]}")]
    public async Task Enforce_OfferGone_GrantRevokedAndUnbound(string from, string to)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        Assert.Single(api.Objects);
        Edit(gateway, yaml => yaml.Replace(from, to, StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        await EnforceAsync(gateway);
        Assert.Empty(api.Objects);
        var revoked = Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.revoked");
        Assert.Equal((grant.Id, "gateway", "no policy offers this any more"), (revoked.GrantId, revoked.Actor, revoked.Details["why"]));
    }

    /// <summary>An approval for a cluster is one for its API server: what comes to bear its name gets none of its grants, and the one before keeps none.</summary>
    [Fact]
    public async Task Look_AnotherApiServerUnderTheName_GrantsRevokedAndUnboundThere()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var other = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        await MoveAsync(gateway, other);
        Assert.Empty(api.Objects);
        await EnforceAsync(gateway);
        var revoked = Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.revoked");
        Assert.Equal((grant.Id, "the cluster's name is another API server's now"), (revoked.GrantId, revoked.Details["why"]));
        await gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(other.Objects);

        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        await gateway.GrantAsync(alice);
        await EnforceAsync(gateway);
        Assert.Single(other.Objects);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "grant.revoked");
    }

    [Fact]
    public async Task Look_AnotherApiServerAndTheOneBeforeIsGone_SaidWhatIsLeftThere()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var other = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        api.Fault = _ => 500;
        await MoveAsync(gateway, other);
        var failed = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.failed");
        Assert.Equal((grant.Id, api.Address.ToString()), (failed.GrantId, failed.Details["leftOn"]));
    }

    /// <summary>Thousands may be revoked by one document: none waits for the others, nor is left where it fails on the way.</summary>
    [Fact]
    public async Task Enforce_ManyGone_EachUnboundAtOnce()
    {
        var binder = new CountingBinder();
        await using var gateway = await TestGateway.CreateAsync(configure: services => services.AddSingleton<IGrantBinder>(binder));
        var alice = await gateway.AddUserAsync("alice", "platform");
        foreach (var _ in Enumerable.Range(0, 3))
            await gateway.GrantAsync(alice);
        binder.Count = () => gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Grants.CountAsync(grant => grant.State == GrantState.Revoked));
        Edit(gateway, yaml => yaml.Replace("name: viewer", "name: reader", StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        await EnforceAsync(gateway);
        Assert.Equal([1, 2, 3], binder.Revoked);
    }

    /// <summary>How long, who approves, when, with which MFA: that decides over getting a grant, not over keeping it.</summary>
    [Fact]
    public async Task Enforce_OtherConditions_GrantKept()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        Edit(gateway, yaml => yaml.Replace("maxDuration: 8h, defaultDuration: 1h, approval: automatic", "maxDuration: 1m", StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        await EnforceAsync(gateway);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "grant.revoked");
    }

    [Fact]
    public async Task Enforce_GroupComesFromTheProvider_GrantKept()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        await gateway.GrantAsync(alice);
        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            var user = db.Users.Single(row => row.Id == alice.Caller.UserId);
            (user.Groups, user.ProviderGroups) = ([], ["platform"]);
            return await db.SaveChangesAsync();
        });
        await EnforceAsync(gateway);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "grant.revoked");
    }

    [Theory]
    [InlineData("clusterRole: view,", "clusterRole: edit,", "another role now")]
    [InlineData("defaultDuration: 1h, approval: automatic", "defaultDuration: 1h", "other approvals are needed now")]
    [InlineData("name: viewer", "name: reader", "No policy offers you")]
    public async Task Activate_PolicyChangedSinceTheApproval_Refused(string from, string to, string why)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        Edit(gateway, yaml => yaml.Replace(from, to, StringComparison.Ordinal));
        Assert.True(await LookAsync(gateway));
        var refusal = TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, request.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id))));
        Assert.Equal(ProblemCodes.NotOffered, refusal.Code);
        Assert.Contains(why, refusal.Detail, StringComparison.Ordinal);
    }

    /// <summary>The loops themselves: told by the system, and the cluster that was taken out is left clean.</summary>
    [Fact]
    public async Task Loops_ClusterTakenOutAndBackAgain_CleanedUpAndServedAgain()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        await gateway.GrantAsync(alice);
        Assert.Single(api.Objects);
        var yaml = Edit(gateway, text => text.Replace("name: dev, labels", "name: other, labels", StringComparison.Ordinal));
        await gateway.EventuallyAsync(() => Documents(gateway).Current.Cluster("dev") is null && api.Objects.IsEmpty && !gateway.Services.GetRequiredService<Reconcilers>().Knows("dev"));
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "binding.removed");

        Edit(gateway, _ => yaml);
        await gateway.EventuallyAsync(() => Documents(gateway).Current.Cluster("dev") is not null);
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        await gateway.EventuallyAsync(() => api.Objects.IsEmpty);
    }

    /// <summary>Notes how many are revoked when one is unbound.</summary>
    private sealed class CountingBinder : IGrantBinder
    {
        public Func<Task<int>> Count { get; set; } = () => Task.FromResult(0);

        public List<int> Revoked { get; } = [];

        public Task<bool> BindAsync(Grant grant, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<bool> UnbindAsync(Grant grant, CancellationToken cancellationToken)
        {
            Revoked.Add(Count().GetAwaiter().GetResult());
            return Task.FromResult(true);
        }
    }

    private static CurrentDocuments Documents(TestGateway gateway) => gateway.Services.GetRequiredService<CurrentDocuments>();

    private static string FileOf(TestGateway gateway) => Path.Combine(Documents(gateway).Folder, "documents.yaml");

    /// <returns>The text of before.</returns>
    private static string Edit(TestGateway gateway, Func<string, string> edit)
    {
        var before = File.ReadAllText(FileOf(gateway));
        var after = edit(before);
        Assert.NotEqual(before, after);
        File.WriteAllText(FileOf(gateway), after);
        return before;
    }

    private static async Task<bool> LookAsync(TestGateway gateway)
    {
        var look = gateway.Services.GetRequiredService<ConfigurationReload>().LookAsync(TestContext.Current.CancellationToken);
        await gateway.EventuallyAsync(() => look.IsCompleted);
        return await look;
    }

    private static async Task MoveAsync(TestGateway gateway, FakeApiServer to)
    {
        await File.WriteAllTextAsync(Path.Combine(Documents(gateway).Folder, "ca.crt"), to.CertificateAuthority);
        Edit(gateway, yaml => System.Text.RegularExpressions.Regex.Replace(yaml, "server: .*", $"server: {to.Address}"));
        Assert.True(await LookAsync(gateway));
    }

    private static Task EnforceAsync(TestGateway gateway) => gateway.Services.GetRequiredService<ConfigurationReload>().EnforceAsync(TestContext.Current.CancellationToken);
}
