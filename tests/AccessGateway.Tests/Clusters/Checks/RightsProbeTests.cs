namespace AccessGateway.Tests.Clusters;

using System.Text.Json.Nodes;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>The gateway's own rights against what its documents need.</summary>
public sealed class RightsProbeTests : IAsyncLifetime
{
    private const string Rbac = "rbac.authorization.k8s.io";

    private FakeApiServer _api = null!;
    private FakeCluster _cluster = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        _cluster = FakeCluster.Of(_api);
        _gateway = await TestGateway.CreateAsync(apiServer: _api);
        _cluster.Hold(_gateway.Services.GetRequiredService<CurrentDocuments>().Current);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Run_RightTakenAway_Named()
    {
        _cluster.Held.RemoveAll(right => right.Rule.Resources.Contains("clusterrolebindings") && right.Rule.Verbs.Contains("create"));
        var (lacking, _) = await RunAsync();
        Assert.Equal(CheckOutcome.Failed, lacking.Outcome);
        Assert.Equal(["create,delete,patch,watch clusterrolebindings.rbac.authorization.k8s.io"], lacking.Details);
        Assert.Contains("config rbac dev", lacking.Then, StringComparison.Ordinal);
    }

    /// <summary>An authorizer that cannot list its rules, such as a webhook, still answers questions.</summary>
    [Fact]
    public async Task Run_RightGivenByAnotherAuthorizer_NotLacking()
    {
        _cluster.Held.RemoveAll(right => right.Rule.Resources.Contains("namespaces"));
        Assert.Equal(CheckOutcome.Failed, (await RunAsync()).Lacking.Outcome);
        _cluster.Yes.Add("namespaces");
        _gateway.Clock.Advance(ClusterCheckRuns.MaxAge);
        Assert.Equal(CheckOutcome.Ok, (await RunAsync()).Lacking.Outcome);
    }

    [Theory]
    [InlineData("*", "*", "*", null, CheckOutcome.Failed, "* *.*")]
    [InlineData("", "secrets", "list", null, CheckOutcome.Failed, "list secrets")]
    [InlineData("", "users", "impersonate", null, CheckOutcome.Failed, "impersonate users")]
    [InlineData(Rbac, "clusterroles", "escalate", null, CheckOutcome.Failed, $"escalate clusterroles.{Rbac}")]
    [InlineData(Rbac, "clusterroles", "bind", null, CheckOutcome.Failed, $"bind clusterroles.{Rbac}")]
    [InlineData(Rbac, "clusterroles", "bind", "once-offered", CheckOutcome.Warning, $"bind clusterroles.{Rbac} named once-offered")]
    [InlineData(Rbac, "clusterrolebindings", "update", null, CheckOutcome.Failed, $"update clusterrolebindings.{Rbac}")]
    [InlineData("", "pods", "get", null, CheckOutcome.Warning, "get pods")]
    [InlineData("apps", "deployments/scale", "update", null, CheckOutcome.Warning, "update deployments/scale.apps")]
    public async Task Run_MoreThanIsNeeded_Named(string group, string resource, string verb, string? name, CheckOutcome expected, string said)
    {
        _cluster.AlsoHold(group, resource, verb, name: name);
        var (lacking, excess) = await RunAsync();
        Assert.Equal((CheckOutcome.Ok, expected), (lacking.Outcome, excess.Outcome));
        Assert.Equal([said], excess.Details);
    }

    /// <summary>A RoleBinding in a namespace that no document names.</summary>
    [Theory]
    [InlineData("ServiceAccount", "access-gateway", "access-gateway")]
    [InlineData("User", null, FakeCluster.Self)]
    [InlineData("Group", null, "system:authenticated")]
    public async Task Run_MoreInOneNamespace_FoundThere(string kind, string? place, string name)
    {
        _cluster.AlsoHold("", "secrets", "get", place: "shop");
        Assert.Equal(CheckOutcome.Ok, (await RunAsync()).Excess.Outcome);
        _api.Objects["namespaces/shop/rolebindings/x"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "shop" },
            ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "Role", ["name"] = "x" },
            ["subjects"] = new JsonArray(new JsonObject { ["kind"] = kind, ["namespace"] = place, ["name"] = name }),
        };
        _gateway.Clock.Advance(RbacStates.MaxAge);
        var (_, excess) = await RunAsync();
        Assert.Equal(["get secrets in namespace shop"], excess.Details);
    }

    [Fact]
    public async Task Run_RightToSeeTheAdmissionPolicy_NeitherMissedNorTooMuch()
    {
        _cluster.Held.AddRange(OwnRights.ToLook("access-gateway"));
        var (lacking, excess) = await RunAsync();
        Assert.Equal((CheckOutcome.Ok, CheckOutcome.Ok), (lacking.Outcome, excess.Outcome));
    }

    private async Task<(ClusterCheckView Lacking, ClusterCheckView Excess)> RunAsync()
    {
        var checks = TestGateway.Value(await _gateway.WithAsync<ClusterChecks, Outcome<List<ClusterChecksView>>>(service => service.RunAsync("console", null, issue: false, default)))[0].Checks;
        return (checks.Single(check => check.Check == ClusterCheckNames.Rights), checks.Single(check => check.Check == ClusterCheckNames.ExcessRights));
    }
}
