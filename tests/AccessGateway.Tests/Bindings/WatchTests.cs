namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>What others do to bindings is noticed by watching, long before the next pass. The clock moves a second at most between two looks of
/// the loop, and never a period.</summary>
public sealed class WatchTests
{
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Watch_DeletedByHand_MadeAgainLongBeforeTheNextPass()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await QuietAsync(gateway, api);
        api.Watches.Remove($"clusterrolebindings/jit-{grant.Id}");
        await WithinAsync(gateway, Soon, () => api.Objects.ContainsKey($"clusterrolebindings/jit-{grant.Id}"));
    }

    [Fact]
    public async Task Watch_EditedByHand_PutRightAndToldWithTheDifference()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await QuietAsync(gateway, api);
        var key = $"clusterrolebindings/jit-{grant.Id}";
        var edited = (JsonObject)api.Objects[key].DeepClone();
        edited["subjects"]!.AsArray().Add(new JsonObject { ["kind"] = "User", ["name"] = "mallory", ["apiGroup"] = "rbac.authorization.k8s.io" });
        api.Watches.Put(key, edited);
        await WithinAsync(gateway, Soon, () => api.Objects.TryGetValue(key, out var now) && now["subjects"]!.AsArray().Count == 1);
    }

    [Fact]
    public async Task Watch_OrphanAdded_Removed()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        await QuietAsync(gateway, api);
        var orphan = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        orphan["metadata"]!["namespace"] = "payments";
        api.Watches.Put("namespaces/payments/rolebindings/jit-gr-0000000000000", orphan);
        await WithinAsync(gateway, Soon, () => api.Objects.IsEmpty);
    }

    /// <summary>Only what a grant's pattern matches wakes the loop.</summary>
    [Fact]
    public async Task Watch_NamespaceThatAPatternMatches_BoundLongBeforeTheNextPass()
    {
        await using var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        await using var gateway = await TestGateway.CreateAsync(documents: PatternDocuments.Yaml(api.Address), apiServer: api, background: true);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.ActivateAsync(alice, (await gateway.SubmitAsync(alice, "deployer", "2h", "team-*")).Id);
        Assert.Empty(api.BoundIn(grant.Id));
        var passes = await QuietAsync(gateway, api, watches: 5);
        var before = passes();
        api.Watches.Put("namespaces/other", PatternDocuments.Namespace("other"));
        api.Watches.Put("namespaces/team-late", PatternDocuments.Namespace("team-late"));
        await WithinAsync(gateway, Soon, () => api.BoundIn(grant.Id) is ["team-late"]);
        api.Watches.Put("namespaces/other-2", PatternDocuments.Namespace("other-2"));
        api.Watches.Remove($"namespaces/team-late/rolebindings/jit-{grant.Id}");
        api.Watches.Remove("namespaces/team-late");
        await Eventually.TrueAsync(async () =>
        {
            gateway.Clock.Advance(TimeSpan.FromMilliseconds(50));
            return (await gateway.AuditAsync()).Any(row => row.Details.GetValueOrDefault("removed") == "team-late");
        });
        Assert.True(passes() <= before + 4);
    }

    /// <summary>410 within the watch: what was missed is found by a look at the whole cluster, and the watch begins anew.</summary>
    [Fact]
    public async Task Watch_TooOld_LooksAndBeginsAnew()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        await QuietAsync(gateway, api);
        api.Watches.TooOld = true;
        var begun = api.Watches.Begun;
        // Nobody is told of it.
        api.Objects["clusterrolebindings/jit-gr-0000000000000"] = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        api.Watches.End();
        await WithinAsync(gateway, Soon, () => api.Objects.IsEmpty && api.Watches.Open == 3 && api.Watches.Begun >= begun + 3);
    }

    /// <summary>A bookmark says how far a quiet watch has come: the next one begins there, and nothing need be looked at again.</summary>
    [Fact]
    public async Task Watch_BookmarkThenEnd_GoesOnFromThereWithoutAPass()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        var passes = await QuietAsync(gateway, api);
        var (before, begun) = (passes(), api.Watches.Begun);
        // What no selector matches moves the version on, and is told nobody.
        for (var i = 0; i < 5; i++)
            api.Watches.Stamp(ReconcilerObjects.Orphan("somebody-s", ""));
        api.Watches.Bookmark();
        api.Watches.End();
        await WithinAsync(gateway, Soon, () => api.Watches.Open == 3 && api.Watches.Begun == begun + 3);
        Assert.Equal([api.Watches.Version, api.Watches.Version, api.Watches.Version], api.Watches.From.TakeLast(3));
        Assert.Equal(before, passes());
    }

    /// <summary>The gateway's own writes come back as events, and wake nobody.</summary>
    [Fact]
    public async Task Watch_OwnWrites_NoPass()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await StartAsync(api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        var proof = await gateway.ProveAsync(alice, StepUpActions.Activate(request.Id));
        var passes = await QuietAsync(gateway, api);
        var before = passes();
        var grant = TestGateway.Value(await gateway.TryActivateAsync(alice, request.Id, proof));
        TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(alice.Caller, grant.Id, default)));
        // An event of somebody else's comes after ours: when it is heard, ours were. Then there is one pass.
        api.Watches.Put("clusterrolebindings/jit-gr-0000000000000", ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000"));
        await WithinAsync(gateway, Soon, () => api.Objects.IsEmpty);
        Assert.Equal(before + 1, passes());
    }

    /// <summary>One cluster that takes every call and answers none delays no other.</summary>
    [Fact]
    public async Task Loop_OneClusterHangs_TheOtherIsPutRight()
    {
        await using var dead = await FakeApiServer.StartAsync();
        await using var alive = await FakeApiServer.StartAsync();
        using var end = new CancellationTokenSource();
        dead.Before = _ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        var config = Directory.CreateTempSubdirectory("access-gateway-two-").FullName;
        var yaml = StandardDocuments.Yaml(dead.Address);
        var second = StandardDocuments.Yaml(alive.Address)[..StandardDocuments.Yaml(alive.Address).IndexOf("---", StringComparison.Ordinal)]
            .Replace("name: dev, labels", "name: alive, labels", StringComparison.Ordinal).Replace("{file: ca.crt}", "{file: alive.crt}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), $"{yaml}\n---\n{second}");
        await File.WriteAllTextAsync(Path.Combine(config, "ca.crt"), dead.CertificateAuthority);
        await File.WriteAllTextAsync(Path.Combine(config, "alive.crt"), alive.CertificateAuthority);
        await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        await using var gateway = await TestGateway.CreateAsync(config: config, background: true);
        await gateway.ListenAsync();
        await WithinAsync(gateway, Soon, () => gateway.Services.GetRequiredService<ClusterHealth>().Of("alive") == true && alive.Watches.Open == 3);
        alive.Watches.Put("clusterrolebindings/jit-gr-0000000000000", ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000"));
        await WithinAsync(gateway, Soon, () => alive.Objects.IsEmpty);
        Assert.NotEqual(true, gateway.Services.GetRequiredService<ClusterHealth>().Of("dev"));
        await end.CancelAsync();
        Directory.Delete(config, recursive: true);
    }

    private static async Task<TestGateway> StartAsync(FakeApiServer api)
    {
        var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        await gateway.ListenAsync();
        return gateway;
    }

    /// <summary>The watches are open, and the passes that they called for are over; the next one is far away. What happens from now on, only
    /// an event tells.</summary>
    internal static async Task<Func<int>> QuietAsync(TestGateway gateway, FakeApiServer api, int watches = 3)
    {
        var (lists, last) = (0, gateway.Clock.GetUtcNow());
        api.Before = request =>
        {
            if (request.Method == "GET" && request.Path.Value!.EndsWith("/clusterrolebindings", StringComparison.Ordinal) && request.Query["watch"] != "true")
                (lists, last) = (lists + 1, gateway.Clock.GetUtcNow());
            return Task.CompletedTask;
        };
        await Eventually.TrueAsync(async () =>
        {
            var before = lists;
            for (var look = 0; look < 20; look++)
            {
                gateway.Clock.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
            }

            return before > 0 && lists == before && gateway.Clock.GetUtcNow() - last < TimeSpan.FromSeconds(8) && api.Watches.Open == watches;
        });
        return () => lists;
    }

    /// <summary>Waits, and lets the clock go on by so much in all and no more.</summary>
    internal static Task WithinAsync(TestGateway gateway, TimeSpan budget, Func<bool> condition)
    {
        var spent = TimeSpan.Zero;
        return Eventually.TrueAsync(
            () =>
            {
                if (condition())
                    return Task.FromResult(true);
                if (spent < budget)
                {
                    spent += TimeSpan.FromMilliseconds(100);
                    gateway.Clock.Advance(TimeSpan.FromMilliseconds(100));
                }

                return Task.FromResult(false);
            },
            TimeSpan.FromSeconds(30));
    }
}
