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
