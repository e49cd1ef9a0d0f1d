namespace AccessGateway.EndToEnd;

using System.Text.Json.Nodes;
using AccessGateway.Bindings;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>What somebody with rights in a real cluster does to objects of the gateway's is put right in seconds, long before the next pass, and the
/// audit log says what it was.</summary>
public sealed class RepairTests(RepairCluster cluster, ITestOutputHelper output) : IClassFixture<RepairCluster>
{
    /// <summary>A pass comes every 20 s.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private static readonly string[] Everything = ["*"];

    [Theory]
    [InlineData("viewer", "deleted", "deleted", "nothing")]
    [InlineData("viewer", "subjects", "subjects", "User mallory")]
    [InlineData("viewer", "role", "role", "role: edit")]
    [InlineData("viewer", "label removed", "labels", "labels: none/")]
    [InlineData("reader", "deleted", "deleted", "nothing")]
    [InlineData("reader", "subjects", "subjects", "User mallory")]
    [InlineData("reader", "role", "role", "role: edit")]
    [InlineData("reader", "label removed", "labels", "labels: none/")]
    [InlineData("reader", "finalizer", "finalizers", "example.com/mine")]
    [InlineData("reader", "end", "end", "9999-12-31")]
    internal async Task Tamper_BindingOfAnActiveGrant_PutRightAndToldInSeconds(string role, string what, string differs, string found)
    {
        var grant = await cluster.GrantAsync(role, "8h", role == "viewer" ? [] : [RepairCluster.Namespace]);
        Assert.NotNull(grant.BoundAt);
        string[] binding = role == "viewer" ? ["clusterrolebinding", $"jit-{grant.Id}"] : ["rolebinding", $"jit-{grant.Id}", "-n", RepairCluster.Namespace];
        await QuietAsync();
        var before = await ReadAsync(binding);
        await TamperAsync(binding, before!, what);
        var took = await cluster.WithinAsync(Soon, async () => (await DriftsAsync(grant.Id)).Count > 0 && Same(before, await ReadAsync(binding)), $"{what} to be put right");
        output.WriteLine($"{role}, {what}: {took.TotalSeconds:0.00} s");
        var drift = Assert.Single(await DriftsAsync(grant.Id));
        Assert.Equal(differs, drift.Details["differs"]);
        Assert.Contains(found, drift.Details["found"], StringComparison.Ordinal);
        Assert.DoesNotContain(found, drift.Details["expected"], StringComparison.Ordinal);
    }

    /// <summary>What a finalizer holds binds on after the API server's yes to a delete; at the grant's end it is gone all the same, and the holder's right with it.</summary>
    [Theory]
    [InlineData("viewer")]
    [InlineData("reader")]
    internal async Task End_FinalizerAndDeletedByTheHolder_GoneAtTheEnd(string role)
    {
        var grant = await cluster.GrantAsync(role, "5m", role == "viewer" ? [] : [RepairCluster.Namespace]);
        string[] binding = role == "viewer" ? ["clusterrolebinding", $"jit-{grant.Id}"] : ["rolebinding", $"jit-{grant.Id}", "-n", RepairCluster.Namespace];
        string[] question = ["auth", "can-i", "list", "pods", "-n", RepairCluster.Namespace, "--as", "alice", "--as-group", $"jit:{grant.Id}"];
        Assert.Equal("yes", (await cluster.AdminAsync(question)).Trim());
        await cluster.AdminAsync(["patch", .. binding, "--type=merge", "-p", """{"metadata":{"finalizers":["example.com/mine"]}}"""]);
        await cluster.AdminAsync(["delete", "--wait=false", .. binding]);
        cluster.Gateway.Clock.Advance(grant.NotAfter - cluster.Gateway.Clock.GetUtcNow());
        await cluster.WithinAsync(Soon, async () => (await cluster.TryAdminAsync(question)).Output.Trim() == "no" && await ReadAsync(binding) is null, "the binding to go");
    }

    /// <summary>A rule more in a role of ours is more than anybody approved.</summary>
    [Theory]
    [InlineData("rule added", "rules")]
    [InlineData("label removed", "labels")]
    internal async Task Tamper_RoleOfTheGatewaysMaking_PutRightAndToldInSeconds(string what, string differs)
    {
        var grant = await cluster.GrantAsync("restarter", "8h", RepairCluster.Namespace);
        Assert.NotNull(grant.BoundAt);
        string[] role = ["role", $"jit-{grant.Id}", "-n", RepairCluster.Namespace];
        await QuietAsync();
        var before = await ReadAsync(role);
        if (what == "rule added")
            await PatchAsync(role, "/rules/-", new JsonObject { ["apiGroups"] = Words(), ["resources"] = Words(), ["verbs"] = Words() });
        else
            await cluster.AdminAsync(["label", .. role, $"{OwnObjects.GatewayLabel}-"]);
        var took = await cluster.WithinAsync(Soon, async () => (await DriftsAsync(grant.Id)).Count > 0 && Same(before, await ReadAsync(role)), $"{what} to be put right");
        output.WriteLine($"role, {what}: {took.TotalSeconds:0.00} s");
        Assert.Equal(differs, Assert.Single(await DriftsAsync(grant.Id)).Details["differs"]);

        static JsonArray Words() => [.. Everything.Select(word => (JsonNode)word)];
    }

    /// <summary>Our label on somebody's object makes it ours only where its name is ours too.</summary>
    [Fact]
    public async Task Tamper_LabelOnForeignObjects_OnlyOurNameIsTouched()
    {
        await cluster.AdminAsync("create", "clusterrolebinding", "somebodys", "--clusterrole=view", "--user=bob");
        await cluster.AdminAsync("create", "clusterrolebinding", "jit-gr-0000000000000", "--clusterrole=cluster-admin", "--user=mallory");
        await QuietAsync();
        await cluster.AdminAsync("label", "clusterrolebinding", "somebodys", $"{OwnObjects.GatewayLabel}={cluster.Name}");
        await cluster.AdminAsync("label", "clusterrolebinding", "jit-gr-0000000000000", $"{OwnObjects.GatewayLabel}={cluster.Name}", $"{OwnObjects.GrantLabel}=gr-0000000000000");
        var took = await cluster.WithinAsync(Soon, async () => await ReadAsync("clusterrolebinding", "jit-gr-0000000000000") is null, "the orphan to go");
        output.WriteLine($"orphan: {took.TotalSeconds:0.00} s");
        Assert.NotNull(await ReadAsync("clusterrolebinding", "somebodys"));
        Assert.Contains(await cluster.Gateway.AuditAsync(), row => row is { Type: "binding.orphan_removed", GrantId: "gr-0000000000000" } && row.Details["subjects"]!.Contains("mallory", StringComparison.Ordinal));
        await cluster.AdminAsync("delete", "clusterrolebinding", "somebodys");
    }

    /// <summary>The API server dies and comes back: so do the watches. What ended meanwhile is gone within five seconds of that (I1).</summary>
    [Fact]
    public async Task ApiServer_KilledAndStarted_EndsGoAndRepairsGoOn()
    {
        var (kept, ended) = (await cluster.GrantAsync("viewer"), await cluster.GrantAsync("viewer", "5m"));
        Assert.NotNull(ended.BoundAt);
        await cluster.KillApiServerAsync();
        cluster.Gateway.Clock.Advance(ended.NotAfter - cluster.Gateway.Clock.GetUtcNow());
        await cluster.WithinAsync(TimeSpan.FromSeconds(30), async () => (await cluster.Gateway.AuditAsync()).Exists(row => row.Type == "grant.expired" && row.GrantId == ended.Id), "the expiry to be written down");
        await cluster.StartApiServerAsync();
        var took = await cluster.WithinAsync(Soon, async () => await ReadAsync("clusterrolebinding", $"jit-{ended.Id}") is null, "what ended to go");
        output.WriteLine($"ended during the outage: {took.TotalSeconds:0.00} s after the API server was ready");

        await cluster.WithinAsync(TimeSpan.FromSeconds(30), () => Task.FromResult(cluster.Gateway.Services.GetRequiredService<ClusterHealth>().Of(TestGateway.Cluster) == true), "a pass");
        // The watches come back with waits of up to 16 s.
        await QuietAsync();
        await TamperAsync(["clusterrolebinding", $"jit-{kept.Id}"], null, "subjects");
        took = await cluster.WithinAsync(Soon, async () => (await DriftsAsync(kept.Id)).Count > 0, "the repair");
        output.WriteLine($"repair after the outage: {took.TotalSeconds:0.00} s");
    }

    /// <summary>A resourceVersion that etcd has forgotten is refused within the watch; it is no quiet end.</summary>
    [Fact]
    public async Task Watch_VersionCompactedAway_Gone()
    {
        var gateway = cluster.Gateway;
        var source = new WatchSource(TestGateway.Cluster, () => gateway.Services.GetRequiredService<ClusterConnections>().For(TestGateway.Cluster), cluster.Name, () => true, _ => { });
        var kind = source.Kinds[0];
        var old = await kind.Newest(TestContext.Current.CancellationToken);
        await cluster.GrantAsync("viewer");
        await cluster.CompactAsync((await kind.Newest(TestContext.Current.CancellationToken))!);
        await cluster.KillApiServerAsync();
        await cluster.StartApiServerAsync();
        Exception? problem = null;
        var thrown = await Record.ExceptionAsync(async () =>
        {
            await foreach (var told in kind.Watch(old!, failure => problem = failure, TestContext.Current.CancellationToken))
                output.WriteLine($"{told.Type} {told.Name}");
        });
        problem ??= thrown;
        output.WriteLine($"{problem}");
        Assert.NotNull(problem);
        Assert.True(problem is KubernetesException { Status.Code: 410 } or k8s.Autorest.HttpOperationException { Response.StatusCode: System.Net.HttpStatusCode.Gone }, problem.ToString());
    }

    private async Task TamperAsync(string[] binding, JsonNode? before, string what)
    {
        switch (what)
        {
            case "deleted":
                await cluster.AdminAsync(["delete", .. binding]);
                break;
            case "subjects":
                await PatchAsync(binding, "/subjects/-", new JsonObject { ["kind"] = "User", ["name"] = "mallory", ["apiGroup"] = "rbac.authorization.k8s.io" });
                break;
            case "finalizer":
                await cluster.AdminAsync(["patch", .. binding, "--type=merge", "-p", """{"metadata":{"finalizers":["example.com/mine"]}}"""]);
                break;
            case "end":
                await cluster.AdminAsync(["annotate", "--overwrite", .. binding, $"{OwnObjects.NotAfterAnnotation}=9999-12-31T23:59:59Z"]);
                break;
            case "label removed":
                await cluster.AdminAsync(["label", .. binding, $"{OwnObjects.GatewayLabel}-"]);
                break;
            default:
                // A roleRef cannot be changed: it is deleted and made anew, before the gateway does.
                var other = (JsonObject)before!.DeepClone();
                other["roleRef"]!["name"] = "edit";
                foreach (var name in new[] { "uid", "resourceVersion", "creationTimestamp", "managedFields" })
                    other["metadata"]!.AsObject().Remove(name);
                var file = Path.GetTempFileName();
                await File.WriteAllTextAsync(file, other.ToJsonString());
                await cluster.AdminAsync("replace", "--force", "-f", file);
                File.Delete(file);
                break;
        }
    }

    private Task<string> PatchAsync(string[] item, string path, JsonObject value) => cluster.AdminAsync(
        ["patch", .. item, "--type=json", "-p", new JsonArray(new JsonObject { ["op"] = "add", ["path"] = path, ["value"] = value }).ToJsonString()]);

    /// <summary>Waits until watches that just began have had their look: a marker of somebody else's, an orphan of each kind, is gone soon.</summary>
    private async Task QuietAsync()
    {
        const string marker = "jit-gr-1111111111111";
        string[] labels = [$"{OwnObjects.GatewayLabel}={cluster.Name}", $"{OwnObjects.GrantLabel}=gr-1111111111111"];
        string[][] kinds =
        [
            ["clusterrolebinding", marker, "--clusterrole=view", "--user=nobody"],
            ["rolebinding", marker, "--clusterrole=view", "--user=nobody", "-n", RepairCluster.Namespace],
            ["role", marker, "--verb=get", "--resource=pods", "-n", RepairCluster.Namespace],
        ];
        foreach (var kind in kinds)
        {
            string[] item = kind[^2] == "-n" ? [kind[0], marker, .. kind[^2..]] : [kind[0], marker];
            await cluster.AdminAsync(["create", .. kind]);
            await cluster.AdminAsync(["label", .. item, .. labels]);
            await cluster.WithinAsync(TimeSpan.FromSeconds(40), async () => await ReadAsync(item) is null, "the watches");
        }
    }

    private async Task<JsonNode?> ReadAsync(params string[] item) =>
        await cluster.TryAdminAsync(["get", .. item, "-o", "json"]) is { ExitCode: 0 } found ? JsonNode.Parse(found.Output) : null;

    private static bool Same(JsonNode? one, JsonNode? other)
    {
        return JsonNode.DeepEquals(Essence(one), Essence(other));

        static JsonNode? Essence(JsonNode? item) => item is null ? null : new JsonArray(
            item["metadata"]!["labels"]?.DeepClone(), item["metadata"]!["annotations"]?.DeepClone(), item["roleRef"]?.DeepClone(), item["subjects"]?.DeepClone(), item["rules"]?.DeepClone());
    }

    private async Task<List<AuditEventView>> DriftsAsync(string grant) =>
        [.. (await cluster.Gateway.AuditAsync()).Where(row => row.Type == "binding.drift" && row.GrantId == grant)];
}
