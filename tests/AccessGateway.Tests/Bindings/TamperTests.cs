namespace AccessGateway.Tests.Bindings;

using System.Text.Json.Nodes;
using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>What others change about a binding is put right, and the audit log says what it was.</summary>
public sealed class TamperTests
{
    [Theory]
    [InlineData("role", "role", "role: cluster-admin", "role: view")]
    [InlineData("subjects", "subjects", "subjects: Group {group}, User mallory, ServiceAccount kube-system/x", "subjects: Group {group}")]
    [InlineData("grant label", "labels", "labels: access-gateway/gr-other", "labels: access-gateway/{id}")]
    [InlineData("holder", "annotations", "annotations: mallory", "annotations: alice")]
    [InlineData("holder gone", "annotations", "annotations: none", "annotations: alice")]
    [InlineData("finalizer", "finalizers", "finalizers: example.com/mine", "finalizers: none")]
    public async Task Run_Changed_MadeAfreshAndTheDifferenceTold(string what, string differs, string found, string expected)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var right = Assert.Single(api.Objects).Value.DeepClone();
        Change(api.Objects.Values.Single(), what);
        await RunAsync(gateway);
        AssertSame(right, Assert.Single(api.Objects).Value);
        var drift = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift" && row.GrantId == grant.Id);
        Assert.Equal(differs, drift.Details["differs"]);
        Assert.Equal(Fill(found, grant), drift.Details["found"]);
        Assert.Equal(Fill(expected, grant), drift.Details["expected"]);
        await RunAsync(gateway);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift");
    }

    /// <summary>The end on a binding is what a reaper goes by while the gateway is dead: whoever moves it is told of, but not an extension.</summary>
    [Theory]
    [InlineData("9999-12-31T23:59:59Z", true)]
    [InlineData("next year", true)]
    [InlineData(null, true)]
    [InlineData("2020-01-01T00:00:00Z", false)]
    public async Task Run_EndMoved_WrittenBackAndToldWhereNoExtensionExplainsIt(string? end, bool told)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var annotations = Assert.Single(api.Objects).Value["metadata"]!["annotations"]!.AsObject();
        var right = (string?)annotations[OwnObjects.NotAfterAnnotation];
        annotations.Remove(OwnObjects.NotAfterAnnotation);
        if (end is not null)
            annotations[OwnObjects.NotAfterAnnotation] = end;
        await RunAsync(gateway);
        Assert.Equal(right, (string?)Assert.Single(api.Objects).Value["metadata"]!["annotations"]![OwnObjects.NotAfterAnnotation]);
        var drifts = (await gateway.AuditAsync()).Where(row => row.Type == "binding.drift" && row.GrantId == grant.Id).ToList();
        Assert.Equal(told ? 1 : 0, drifts.Count);
        Assert.All(drifts, drift => Assert.Equal(("end", $"end: {end ?? "none"}", $"end: {right}"), (drift.Details["differs"], drift.Details["found"], drift.Details["expected"])));
    }

    /// <summary>What the API server does not let be put right keeps nothing else of the pass.</summary>
    [Theory]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Run_OneCannotBePutRight_TheOthersAre(string refused)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var (stuck, other, lost) = (await gateway.GrantAsync(alice), await gateway.GrantAsync(alice), await gateway.GrantAsync(alice));
        foreach (var grant in new[] { stuck, other })
        {
            var item = api.Objects[$"clusterrolebindings/jit-{grant.Id}"];
            if (refused == "DELETE")
                Change(item, "subjects");
            else
                item["metadata"]!["annotations"]![OwnObjects.NotAfterAnnotation] = "never";
        }

        api.Watches.Remove($"clusterrolebindings/jit-{lost.Id}");
        api.Fault = request => request.Method == refused && request.Path.Value!.EndsWith(stuck.Id, StringComparison.Ordinal) ? 500 : null;
        await RunAsync(gateway);
        Assert.Equal(3, api.Objects.Count);
        Assert.Single(api.Objects[$"clusterrolebindings/jit-{other.Id}"]["subjects"]!.AsArray());
        Assert.NotEqual("never", (string?)api.Objects[$"clusterrolebindings/jit-{other.Id}"]["metadata"]!["annotations"]![OwnObjects.NotAfterAnnotation]);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.failed" && row.GrantId == stuck.Id && row.Details["status"] == "500");
    }

    /// <summary>Nor does what somebody put in a binding's place, hidden from our list, keep those that are bound with it from being written down.</summary>
    [Fact]
    public async Task Run_HiddenOneCannotBePutRight_TheOthersAreWrittenDown()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var added = await gateway.AddAsync(alice, 2, TimeSpan.FromMinutes(10));
        var key = $"clusterrolebindings/jit-{added[0]}";
        api.Watches.Put(key, ReconcilerObjects.Orphan($"jit-{added[0]}", added[0]));
        api.Unlisted.Add(key);
        api.Fault = request => request.Method == "DELETE" ? 403 : null;
        await RunAsync(gateway);
        Assert.Equal([added[1]], (await gateway.AuditAsync()).Where(row => row.Type == "binding.created").Select(row => row.GrantId));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.failed" && row.GrantId == added[0]);
    }

    /// <summary>Whoever takes our label off hides the binding from our list, and finds it made afresh all the same.</summary>
    [Fact]
    public async Task Run_LabelTakenOffAndWidened_MadeAfreshAndTold()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        var (key, item) = Assert.Single(api.Objects);
        Change(item, "subjects");
        item["metadata"]!["labels"]!.AsObject().Remove(OwnObjects.GatewayLabel);
        api.Unlisted.Add(key);
        await RunAsync(gateway);
        Assert.Single(Assert.Single(api.Objects).Value["subjects"]!.AsArray());
        var drift = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.drift");
        Assert.Equal("subjects, labels", drift.Details["differs"]);
        Assert.Contains("labels: none/gr-", drift.Details["found"], StringComparison.Ordinal);
    }

    /// <summary>What was read and is another by now is not deleted unseen: the next pass looks again.</summary>
    [Theory]
    [InlineData("uid")]
    [InlineData("resourceVersion")]
    public async Task Run_ChangedSinceItWasRead_NotTouchedUntilTheNextPass(string what)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        const string key = "clusterrolebindings/jit-gr-0000000000000";
        var orphan = ReconcilerObjects.Orphan("jit-gr-0000000000000", "gr-0000000000000");
        api.Watches.Put(key, orphan);
        api.Before = request =>
        {
            if (request.Method == "DELETE")
                orphan["metadata"]![what] = "other";
            return Task.CompletedTask;
        };
        await RunAsync(gateway);
        Assert.True(api.Objects.ContainsKey(key));
        await RunAsync(gateway);
        Assert.Empty(api.Objects);
    }

    /// <summary>A binding that another replica made a moment ago is no drift.</summary>
    [Fact]
    public async Task Run_MadeByAnotherMeanwhile_NoDrift()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        api.Unlisted.Add(Assert.Single(api.Objects).Key);
        await RunAsync(gateway);
        Assert.Single(api.Objects);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "binding.drift");
    }

    private static void Change(JsonObject item, string what)
    {
        var metadata = item["metadata"]!.AsObject();
        switch (what)
        {
            case "role":
                item["roleRef"]!["name"] = "cluster-admin";
                break;
            case "subjects":
                item["subjects"]!.AsArray().Add(new JsonObject { ["kind"] = "User", ["name"] = "mallory" });
                if (metadata["labels"]!.AsObject().ContainsKey(OwnObjects.GatewayLabel))
                    item["subjects"]!.AsArray().Add(new JsonObject { ["kind"] = "ServiceAccount", ["namespace"] = "kube-system", ["name"] = "x" });
                break;
            case "grant label":
                metadata["labels"]![OwnObjects.GrantLabel] = "gr-other";
                break;
            case "holder":
                metadata["annotations"]![OwnObjects.SubjectAnnotation] = "mallory";
                break;
            case "finalizer":
                metadata["finalizers"] = new JsonArray("example.com/mine");
                break;
            default:
                metadata["annotations"]!.AsObject().Remove(OwnObjects.SubjectAnnotation);
                break;
        }
    }

    private static void AssertSame(JsonNode right, JsonNode now)
    {
        foreach (var item in new[] { right, now })
        {
            item["metadata"]!.AsObject().Remove("uid");
            item["metadata"]!.AsObject().Remove("resourceVersion");
        }

        Assert.True(JsonNode.DeepEquals(right, now.DeepClone()), now.ToJsonString());
    }

    private static string Fill(string text, Grant grant) => text.Replace("{group}", grant.Group, StringComparison.Ordinal).Replace("{id}", grant.Id, StringComparison.Ordinal);

    private static Task RunAsync(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
}
