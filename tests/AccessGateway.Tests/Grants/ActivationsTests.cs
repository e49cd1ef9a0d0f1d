namespace AccessGateway.Tests.Grants;

using AccessGateway.Bindings;
using AccessGateway.Configuration;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>What a request for several clusters becomes: a grant on each, all or none, and then each by itself.</summary>
public sealed class ActivationsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_TwoClusters_AGrantOnEachFromOneInstant(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        var grants = await gateway.ActivateAllAsync(alice, request.Id);

        Assert.Equal(["dev", "prod"], grants.Select(grant => grant.Cluster));
        Assert.Single(grants.Select(grant => (grant.NotBefore, grant.NotAfter)).Distinct());
        var view = TestGateway.Value(await gateway.FindAsync(alice, request.Id)).ToView(alice.Caller, gateway.Clock.GetUtcNow());
        Assert.Equal(grants.Select(grant => grant.Id), view.GrantIds);
        Assert.Equal(grants[0].NotBefore, view.ActivatedAt);
        Assert.Equal(["dev", "prod"], (await gateway.AuditAsync()).Where(row => row.Type == "grant.activated").Select(row => row.Cluster));
        Assert.Equal(["access_request.submitted", "access_request.approved", "grant.activated", "grant.activated"], await gateway.EventsOfAsync(request.Id));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, request.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id)))));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_AtOnceByTwoGateways_OneWinnerWithAllGrants(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        await using var one = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml(), database: database, data: data);
        await using var two = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml(), database: database, data: data, clock: one.Clock);
        var alice = await one.AddUserAsync("alice", "platform");
        var request = await one.SubmitToSeveralAsync(alice);
        var proofs = new List<string>();
        for (var i = 0; i < 4; i++)
            proofs.Add(await one.ProveAsync(alice, StepUpActions.Activate(request.Id)));
        var outcomes = await Task.WhenAll(proofs.Select((proof, i) => Task.Run(() => (i % 2 == 0 ? one : two).TryActivateAllAsync(alice, request.Id, proof))));

        var winner = Assert.Single(outcomes, outcome => outcome.Is(out _, out _));
        Assert.Equal(2, TestGateway.Value(winner).Count);
        Assert.All(outcomes.Where(outcome => !outcome.Is(out _, out _)), outcome => Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(outcome)));
        Assert.Equal(2, await one.WithAsync<GatewayDbContext, int>(db => db.Grants.CountAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(2, (await one.AuditAsync()).Count(row => row.Type == "grant.activated"));
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Behind the guarded write stands the key: a second grant of the same request on the same cluster cannot be saved, and what
    /// was to be saved with it is not.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Save_SecondGrantOnOneCluster_NoneOfThemSaved(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        await Assert.ThrowsAsync<DbUpdateException>(() => gateway.WithAsync<GatewayDbContext, int>(db =>
        {
            foreach (var cluster in new[] { "dev", "prod", "prod" })
                db.Grants.Add(Grant.Of(request, cluster, null, gateway.Clock.GetUtcNow()));
            return db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }));
        Assert.Equal(0, await gateway.WithAsync<GatewayDbContext, int>(db => db.Grants.CountAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Relinquish_One_TheOtherHolds(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        var grants = await gateway.ActivateAllAsync(alice, request.Id);
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(all => all.RelinquishAsync(alice.Caller, grants[0].Id, default)));
        Assert.Equal([GrantState.Relinquished, GrantState.Active], await StatesAsync(gateway, grants));
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        await gateway.PassAsync();
        Assert.Equal([GrantState.Relinquished, GrantState.Expired], await StatesAsync(gateway, grants));
        Assert.Equal(["dev", "prod"], (await gateway.AuditAsync()).Where(row => row.Type is "grant.relinquished" or "grant.expired").Select(row => row.Cluster));
    }

    /// <summary>dev lets a viewer go on to four hours, prod to half an hour.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Extend_One_ByItsOwnClustersPolicies(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var root = await gateway.AddUserAsync("root", "administrators");
        var grants = await gateway.ActivateAllAsync(alice, (await gateway.SubmitToSeveralAsync(alice)).Id);
        var (dev, prod) = (grants[0], grants[1]);

        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await gateway.TryExtendAsync(alice, prod.Id, "30m", proof: null)));
        var more = TestGateway.Value(await gateway.TryExtendAsync(alice, dev.Id, "30m", await gateway.ProveAsync(alice, StepUpActions.Extend(dev.Id))));
        Assert.Equal(dev.NotAfter.AddMinutes(30), Assert.IsType<Extension.Moved>(more).Grant.NotAfter);
        Assert.Equal(prod.NotAfter, (await gateway.WithAsync<Grants, Grant>(all => all.ReadAsync(prod.Id, default))).NotAfter);

        // Beyond what is approved at once: a request that is for that grant's cluster alone.
        var asked = await gateway.AskForMoreAsync(alice, dev.Id, "2h");
        Assert.Equal(["dev"], asked.ClusterNames);
        TestGateway.Value(await gateway.ReviewAsync(root, asked.Id));
        var extended = TestGateway.Value(await gateway.TryActivateExtensionAsync(alice, asked.Id, await gateway.ProveAsync(alice, StepUpActions.Activate(asked.Id))));
        Assert.Equal(dev.NotAfter.AddMinutes(150), extended.NotAfter);
        Assert.Equal([dev.Id], TestGateway.Value(await gateway.FindAsync(alice, asked.Id)).GrantIds);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_RoleChangedOnOne_AllOfItBackToTheReviewers(DatabaseKind kind)
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(kind, SeveralClusters.Yaml(), configure: role.Replace);
        var (alice, bob, rita) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("rita", "sre"));
        var request = await gateway.SubmitToSeveralAsync(alice, "admin");
        await ApproveAsync();
        role.On["prod"] = "second";
        var refusal = TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, request.Id, "x"));
        Assert.Equal(ProblemCodes.ReturnedToReviewers, refusal.Code);
        Assert.Contains("on prod", refusal.Detail, StringComparison.Ordinal);
        var returned = TestGateway.Value(await gateway.FindAsync(bob, request.Id));
        Assert.Equal((AccessRequestState.Pending, 1, "first", "second"), (returned.State, returned.Round, Digest(returned, "dev"), Digest(returned, "prod")));
        Assert.NotEqual(request.Digest(), returned.Digest());
        Assert.Equal("prod", Assert.Single(await gateway.AuditAsync(), row => row.Type == "access_request.returned").Details["changedOn"]);

        await ApproveAsync();
        Assert.Equal(["first", "second"], (await gateway.ActivateAllAsync(alice, request.Id)).Select(grant => grant.RulesDigest));

        async Task ApproveAsync()
        {
            TestGateway.Value(await gateway.ReviewAsync(bob, request.Id));
            Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(rita, request.Id)).State);
        }
    }

    [Fact]
    public async Task Activate_OneClusterDoesNotSayWhatTheRoleAllows_NoGrantAtAllUntilItDoes()
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml(), configure: role.Replace);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice, "admin");
        foreach (var name in new[] { "bob", "rita" })
            TestGateway.Value(await gateway.ReviewAsync(await gateway.AddUserAsync(name, "sre"), request.Id));
        role.On["prod"] = null;
        var silent = Assert.IsType<Refusal.Unavailable>(TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, request.Id, "x")));
        Assert.Contains("'prod'", silent.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.WithAsync<GatewayDbContext, int>(db => db.Grants.CountAsync(TestContext.Current.CancellationToken)));
        // Changed on one and no answer of the other: what is known goes back.
        role.On["dev"] = "second";
        Assert.Equal(ProblemCodes.ReturnedToReviewers, TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, request.Id, "x")).Code);
        Assert.Equal("first", Digest(TestGateway.Value(await gateway.FindAsync(alice, request.Id)), "prod"));
    }

    /// <summary>As for one cluster: the grants hold, and the cluster that was out of reach is told later.</summary>
    [Fact]
    public async Task Activate_OneClusterRefusesToBind_BothHoldAndItIsBoundLater()
    {
        var (config, dev, prod) = await SeveralClusters.StartAsync();
        await using var first = dev;
        await using var second = prod;
        foreach (var api in new[] { dev, prod })
            api.AddStandardRoles();
        await using var gateway = await TestGateway.CreateAsync(config: config);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitToSeveralAsync(alice);
        prod.Fault = call => call.Method == "POST" ? 500 : null;
        var grants = await gateway.ActivateAllAsync(alice, request.Id);
        Assert.Equal([true, false], grants.Select(grant => grant.BoundAt is not null));
        Assert.Equal([GrantState.Active, GrantState.Active], await StatesAsync(gateway, grants));
        Assert.True(dev.Objects.ContainsKey($"clusterrolebindings/jit-{grants[0].Id}"));
        Assert.DoesNotContain(prod.Objects.Keys, key => key.Contains("jit-", StringComparison.Ordinal));

        prod.Fault = _ => null;
        await gateway.Services.GetRequiredService<Reconcilers>().For("prod").RunAsync(TestContext.Current.CancellationToken);
        Assert.True(prod.Objects.ContainsKey($"clusterrolebindings/jit-{grants[1].Id}"));
        Assert.DoesNotContain(prod.Objects.Keys, key => key.EndsWith(grants[0].Id, StringComparison.Ordinal));
        Directory.Delete(Path.GetDirectoryName(config)!, recursive: true);
    }

    /// <summary>The offer on prod is taken out of the documents: the grant there ends, the one on dev does not, and a request that was
    /// approved before becomes neither.</summary>
    [Fact]
    public async Task Reload_OfferOnOneClusterWithdrawn_ItsGrantAloneEndsAndNothingNewIsMade()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: SeveralClusters.Yaml());
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grants = await gateway.ActivateAllAsync(alice, (await gateway.SubmitToSeveralAsync(alice)).Id);
        var waiting = await gateway.SubmitToSeveralAsync(alice);
        var file = Path.Combine(gateway.Services.GetRequiredService<CurrentDocuments>().Folder, "documents.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("{name: viewer, clusterRole: view, scope: cluster, maxDuration: 30m", "{name: reader, clusterRole: view, scope: cluster, maxDuration: 30m", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var reload = gateway.Services.GetRequiredService<ConfigurationReload>();
        Assert.True(await gateway.WithClockRunningAsync(reload.LookAsync(TestContext.Current.CancellationToken)));
        await reload.EnforceAsync(TestContext.Current.CancellationToken);

        Assert.Equal([GrantState.Active, GrantState.Revoked], await StatesAsync(gateway, grants));
        var refusal = TestGateway.RefusalOf(await gateway.TryActivateAllAsync(alice, waiting.Id, "x"));
        Assert.Equal(ProblemCodes.NotOffered, refusal.Code);
        Assert.Contains("on cluster 'prod'", refusal.Detail, StringComparison.Ordinal);
    }

    private static string? Digest(AccessGateway.AccessRequests.AccessRequest request, string cluster) => request.Clusters.Single(row => row.Cluster == cluster).RulesDigest;

    private static async Task<List<GrantState>> StatesAsync(TestGateway gateway, IReadOnlyList<Grant> grants)
    {
        var states = new List<GrantState>();
        foreach (var grant in grants)
            states.Add((await gateway.WithAsync<Grants, Grant>(all => all.ReadAsync(grant.Id, default))).State);
        return states;
    }
}
