namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Roles that the gateway makes of a policy's own rules for one grant alone, and Roles that are there.</summary>
public sealed class OwnRolesTests
{
    private const string Offers = """
        clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - name: restarter
              scope: namespaces
              namespaces: [payments-*]
              rules:
                - {apiGroups: [''], resources: [pods], verbs: [get, list, delete]}
                - {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [patch]}
              maxDuration: 1h
              approval: automatic
            - name: health
              scope: cluster
              rules: [{nonResourceURLs: [/healthz], verbs: [get]}]
              maxDuration: 1h
              approval: automatic
            - {name: operator, role: payments-operator, scope: namespaces, namespaces: [payments-*], maxDuration: 1h, approval: automatic}
        """;

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_OwnRules_RoleAndBindingMadeAndRemovedTogether(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api, kind);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await GrantAsync(gateway, alice, "restarter", "payments-api", "payments-web");
        var name = $"jit-{grant.Id}";
        Assert.Equal(
            [$"namespaces/payments-api/rolebindings/{name}", $"namespaces/payments-api/roles/{name}", $"namespaces/payments-web/rolebindings/{name}", $"namespaces/payments-web/roles/{name}"],
            api.Objects.Keys.Order());
        var (role, binding) = (api.Objects[$"namespaces/payments-api/roles/{name}"], api.Objects[$"namespaces/payments-api/rolebindings/{name}"]);
        Assert.Equal(("Role", name), ((string?)binding["roleRef"]!["kind"], (string?)binding["roleRef"]!["name"]));
        Assert.Equal("""[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","delete"]},{"apiGroups":["apps"],"resourceNames":["web"],"resources":["deployments"],"verbs":["patch"]}]""", role["rules"]!.ToJsonString());
        Assert.Equal(grant.Id, (string?)role["metadata"]!["labels"]![OwnObjects.GrantLabel]);
        await RunAsync(gateway);
        Assert.Equal(4, api.Objects.Count);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type is "binding.drift" or "binding.orphan_removed");

        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
        Assert.Empty(api.Objects);
    }

    [Fact]
    public async Task Activate_OwnRulesForTheCluster_ClusterRole()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "health");
        Assert.Equal([$"clusterrolebindings/jit-{grant.Id}", $"clusterroles/jit-{grant.Id}"], api.Objects.Keys.Order());
        Assert.Equal("ClusterRole", (string?)api.Objects[$"clusterrolebindings/jit-{grant.Id}"]["roleRef"]!["kind"]);
    }

    [Fact]
    public async Task Activate_ExistingRole_BoundAndNoneMade()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "operator", "payments-api");
        var binding = Assert.Single(api.Objects);
        Assert.Equal($"namespaces/payments-api/rolebindings/jit-{grant.Id}", binding.Key);
        Assert.Equal(("Role", "payments-operator"), ((string?)binding.Value["roleRef"]!["kind"], (string?)binding.Value["roleRef"]!["name"]));
        await RunAsync(gateway);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "binding.drift");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_RoleWidenedByHand_MadeAfresh(bool labelKept)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "restarter", "payments-api");
        var key = $"namespaces/payments-api/roles/jit-{grant.Id}";
        api.Objects[key]["rules"]!.AsArray().Add(new JsonObject { ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*"), ["verbs"] = new JsonArray("*") });
        if (!labelKept)
        {
            api.Objects[key]["metadata"]!["labels"]!.AsObject().Remove(OwnObjects.GatewayLabel);
            api.Unlisted.Add(key);
        }

        await RunAsync(gateway);
        Assert.Equal(2, api.Objects[key]["rules"]!.AsArray().Count);
        Assert.Equal("access-gateway", (string?)api.Objects[key]["metadata"]!["labels"]![OwnObjects.GatewayLabel]);
        var drift = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift" && row.GrantId == grant.Id);
        Assert.Equal(labelKept ? "rules" : "rules, labels", drift.Details["differs"]);
        Assert.Contains("""["*"]""", drift.Details["found"], StringComparison.Ordinal);
        Assert.DoesNotContain("""["*"]""", drift.Details["expected"], StringComparison.Ordinal);
    }

    /// <summary>Without the label nobody would list or watch it: it is put back though the rules are right.</summary>
    [Fact]
    public async Task Run_RoleWithoutItsLabel_MadeAfreshAndTold()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "health");
        var key = $"clusterroles/jit-{grant.Id}";
        api.Objects[key]["metadata"]!["labels"]!.AsObject().Remove(OwnObjects.GatewayLabel);
        await RunAsync(gateway);
        Assert.Equal("access-gateway", (string?)api.Objects[key]["metadata"]!["labels"]![OwnObjects.GatewayLabel]);
        var drift = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift");
        Assert.Equal(("labels", $"labels: none/{grant.Id}"), (drift.Details["differs"], drift.Details["found"]));
    }

    [Fact]
    public async Task Run_RoleDeletedByHand_MadeAgain()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), "health");
        api.Objects.TryRemove($"clusterroles/jit-{grant.Id}", out _);
        await RunAsync(gateway);
        Assert.Contains($"clusterroles/jit-{grant.Id}", api.Objects.Keys);
    }

    [Fact]
    public async Task Run_OrphanRole_RemovedAndAudited()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        api.Objects["clusterroles/jit-gr-0000000000000"] = ReconcilerObjects.OrphanRole("jit-gr-0000000000000", "gr-0000000000000");
        api.Objects["clusterroles/somebodys"] = ReconcilerObjects.OrphanRole("somebodys", "");
        await RunAsync(gateway);
        Assert.Equal(["clusterroles/somebodys"], api.Objects.Keys);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "binding.orphan_removed" && row.Details.ContainsKey("rules"));
    }

    /// <summary>The API server lets nobody make a role of more than they hold; the other grants are bound all the same.</summary>
    [Fact]
    public async Task Run_GatewayHoldsNotTheRules_FailureAuditedAndOthersBound()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        api.Fault = _ => 503;
        var (refused, other) = (await GrantAsync(gateway, alice, "health"), await GrantAsync(gateway, alice, "operator", "payments-api"));
        api.Fault = request => request.Method == "POST" && request.Path.Value!.EndsWith("/clusterroles", StringComparison.Ordinal) ? 403 : null;
        await RunAsync(gateway);
        Assert.Equal([$"namespaces/payments-api/rolebindings/jit-{other.Id}"], api.Objects.Keys);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "binding.failed" && row.GrantId == refused.Id && row.Details["status"] == "403");
    }

    /// <summary>Who adds a rule to a role of ours gives its holder more than anybody approved: it is not left for the next pass.</summary>
    [Theory]
    [InlineData("widened")]
    [InlineData("deleted")]
    [InlineData("orphan")]
    public async Task Watch_RoleTouchedByHand_PutRightLongBeforeTheNextPass(string what)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api, background: true);
        await gateway.ListenAsync();
        var grant = await GrantAsync(gateway, await gateway.AddUserAsync("alice", "platform"), what == "widened" ? "restarter" : "health", what == "widened" ? ["payments-api"] : []);
        var key = what == "widened" ? $"namespaces/payments-api/roles/jit-{grant.Id}" : $"clusterroles/jit-{grant.Id}";
        await WatchTests.QuietAsync(gateway, api, watches: 5);
        if (what == "widened")
        {
            var widened = (JsonObject)api.Objects[key].DeepClone();
            widened["rules"]!.AsArray().Add(new JsonObject { ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*"), ["verbs"] = new JsonArray("*") });
            api.Watches.Put(key, widened);
            await WatchTests.WithinAsync(gateway, WatchTests.Soon, () => api.Objects.TryGetValue(key, out var now) && now["rules"]!.AsArray().Count == 2);
        }
        else if (what == "deleted")
        {
            api.Watches.Remove(key);
            await WatchTests.WithinAsync(gateway, WatchTests.Soon, () => api.Objects.ContainsKey(key));
        }
        else
        {
            var orphan = ReconcilerObjects.OrphanRole("jit-gr-0000000000000", "gr-0000000000000");
            orphan["metadata"]!["namespace"] = "payments-api";
            api.Watches.Put("namespaces/payments-api/roles/jit-gr-0000000000000", orphan);
            await WatchTests.WithinAsync(gateway, WatchTests.Soon, () => !api.Objects.ContainsKey("namespaces/payments-api/roles/jit-gr-0000000000000"));
        }
    }

    /// <summary>Making and removing roles comes back as events too, and wakes nobody.</summary>
    [Fact]
    public async Task Watch_OwnWritesOfRoles_NoPass()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "health", "10m");
        var proof = await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id));
        var passes = await WatchTests.QuietAsync(gateway, api, watches: 5);
        var before = passes();
        var grant = TestGateway.Value(await gateway.TryActivateAsync(alice, request.Id, proof));
        Assert.Equal(2, api.Objects.Count);
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
        // An event of somebody else's comes after ours: when it is heard, ours were. Then there is one pass.
        api.Watches.Put("clusterroles/jit-gr-0000000000000", ReconcilerObjects.OrphanRole("jit-gr-0000000000000", "gr-0000000000000"));
        await WatchTests.WithinAsync(gateway, WatchTests.Soon, () => api.Objects.IsEmpty);
        Assert.Equal(before + 1, passes());
    }

    /// <summary>The gateway may not write roles that are there. One that a finalizer holds allows nobody anything without a binding, and is told once.</summary>
    [Fact]
    public async Task Run_OrphanHeldByAFinalizer_ToldOnce()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await CreateAsync(api);
        var role = ReconcilerObjects.OrphanRole("jit-gr-0000000000000", "gr-0000000000000");
        role["metadata"]!["finalizers"] = new JsonArray("example.com/mine");
        api.Watches.Put("clusterroles/jit-gr-0000000000000", role);
        for (var pass = 0; pass < 3; pass++)
            await RunAsync(gateway);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.orphan_removed");
    }

    private static Task<TestGateway> CreateAsync(FakeApiServer api, DatabaseKind kind = DatabaseKind.Sqlite, bool background = false)
    {
        var yaml = StandardDocuments.Yaml(api.Address);
        return TestGateway.CreateAsync(kind, documents: yaml[..yaml.IndexOf("clusters: {names: [dev]}", StringComparison.Ordinal)] + Offers, apiServer: api, background: background);
    }

    private static async Task<Grant> GrantAsync(TestGateway gateway, TestUser user, string role, params string[] namespaces) =>
        await gateway.ActivateAsync(user, (await gateway.SubmitAsync(user, role, "10m", namespaces)).Id);

    private static Task RunAsync(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
}
