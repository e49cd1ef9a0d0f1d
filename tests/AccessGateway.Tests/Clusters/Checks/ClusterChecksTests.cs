namespace AccessGateway.Tests.Clusters;

using System.Text.Json.Nodes;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.Testing;
using k8s;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Each fault of a cluster, and what is said about it; a real, healthy one is in the end-to-end tests.</summary>
public sealed class ClusterChecksTests : IAsyncLifetime
{
    private FakeApiServer _api = null!;
    private FakeCluster _cluster = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        _cluster = FakeCluster.Of(_api);
        _gateway = await TestGateway.CreateAsync(apiServer: _api);
        _cluster.Hold(_gateway.Services.GetRequiredService<CurrentDocuments>().Current);
        await _gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("test", TestGateway.Cluster, default));
        Limit();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Run_Healthy_EverythingIsWell()
    {
        var checks = await RunAsync();
        Assert.Equal(ClusterCheckNames.All, checks.Checks.Select(check => check.Check));
        Assert.All(checks.Checks, check => Assert.True(check.Outcome == CheckOutcome.Ok, check.ToString()));
        Assert.All(checks.Checks, check => Assert.Null(check.Then));
        Assert.Equal((CheckOutcome.Ok, TestGateway.Cluster), (checks.Outcome, checks.Cluster));
    }

    [Theory]
    [InlineData(0.9, CheckOutcome.Ok)]
    [InlineData(10, CheckOutcome.Warning)]
    [InlineData(-10, CheckOutcome.Warning)]
    [InlineData(60, CheckOutcome.Failed)]
    public async Task Run_ClocksDiffer_SaysByHowMuch(double seconds, CheckOutcome expected)
    {
        var now = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        if (now < _gateway.Clock.GetUtcNow())
            _gateway.Clock.AdjustTime(now);
        else
            _gateway.Clock.SetUtcNow(now);
        var clock = await FindAsync(ClusterCheckNames.Clock);
        Assert.Equal(expected, clock.Outcome);
        if (expected != CheckOutcome.Ok)
            Assert.Matches($@"(9|10|11|59|60|61) s {(seconds > 0 ? "behind" : "ahead of")} the gateway's", clock.Found);
    }

    [Theory]
    [InlineData("18", CheckOutcome.Failed, "oldest")]
    [InlineData("20", CheckOutcome.Ok, "no ValidatingAdmissionPolicy")]
    [InlineData("31+", CheckOutcome.Ok, "v1.31+.0")]
    [InlineData("x", CheckOutcome.Unknown, "does not say")]
    public async Task Run_Version_SaysWhatFollows(string minor, CheckOutcome expected, string said)
    {
        _cluster.Minor = minor;
        var version = await FindAsync(ClusterCheckNames.Version);
        Assert.Equal(expected, version.Outcome);
        Assert.Contains(said, version.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_OldAndTheClusterSigns_ControllerManagerMustBeTold() =>
        Assert.Contains("--cluster-signing-duration", AnswerChecks.OfVersion(new Version(1, 21), "v1.21.0", new SignerDefinition.KubernetesCsr()).Then, StringComparison.Ordinal);

    [Fact]
    public void Latency_Slow_Warned() => Assert.Equal(CheckOutcome.Warning, AnswerChecks.OfLatency(TimeSpan.FromSeconds(1.5)).Outcome);

    [Fact]
    public async Task Run_ReleaseThatDoesNotSayWho_CredentialsAreAccepted()
    {
        _cluster.User = null;
        Assert.Equal(CheckOutcome.Ok, (await FindAsync(ClusterCheckNames.Identity)).Outcome);
    }

    [Fact]
    public async Task Run_CredentialsRefused_SaidOnceAndTheRestUnknown()
    {
        _api.Fault = _ => 401;
        var checks = await RunAsync();
        Assert.Equal(CheckOutcome.Failed, Find(checks, ClusterCheckNames.Identity).Outcome);
        Assert.Equal(CheckOutcome.Unknown, Find(checks, ClusterCheckNames.Rights).Outcome);
        Assert.Equal(CheckOutcome.Ok, Find(checks, ClusterCheckNames.Server).Outcome);
    }

    [Fact]
    public async Task Run_ApiServerDoesNotTrustTheCa_Failed()
    {
        _cluster.Trusts = false;
        var signer = await FindAsync(ClusterCheckNames.Signer);
        Assert.Equal(CheckOutcome.Failed, signer.Outcome);
        Assert.Contains("does not trust this CA", signer.Found, StringComparison.Ordinal);
        Assert.Contains("access-gateway ca show dev", signer.Then, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoAnswer_EndsAfterItsTimeAndTheRestIsToldAnyway()
    {
        var held = new TaskCompletionSource();
        var stuck = new TaskCompletionSource();
        _api.Before = async request =>
        {
            if (!request.Path.StartsWithSegments("/version", StringComparison.Ordinal))
                return;
            stuck.TrySetResult();
            await held.Task;
        };
        var running = RunAsync();
        await stuck.Task;
        _gateway.Clock.Advance(ProbeBounds.Patience);
        var checks = await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        held.SetResult();
        Assert.Equal((CheckOutcome.Unknown, "no answer within 5 s"), (Find(checks, ClusterCheckNames.Version).Outcome, Find(checks, ClusterCheckNames.Version).Found));
        Assert.Equal(CheckOutcome.Ok, Find(checks, ClusterCheckNames.Rights).Outcome);
    }

    /// <summary>Nobody who looks at all clusters waits for one after the other that does not answer.</summary>
    [Fact]
    public async Task Run_SeveralClustersHang_LookedAtBesideEachOther()
    {
        var yaml = StandardDocuments.Yaml(_api.Address);
        var second = yaml[..yaml.IndexOf("---", StringComparison.Ordinal)].Replace("name: dev", "name: prod", StringComparison.Ordinal);
        await using var gateway = await TestGateway.CreateAsync(documents: $"{second}---\n{yaml}", apiServer: _api);
        var (held, stuck) = (new TaskCompletionSource(), 0);
        _api.Before = async request =>
        {
            if (!request.Path.StartsWithSegments("/version", StringComparison.Ordinal))
                return;
            Interlocked.Increment(ref stuck);
            await held.Task;
        };
        var running = gateway.WithAsync<ClusterChecks, Outcome<List<ClusterChecksView>>>(checks => checks.RunAsync("console", null, issue: false, default));
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref stuck) == 2), TimeSpan.FromSeconds(10), "a look at each");
        gateway.Clock.Advance(ProbeBounds.Patience);
        Assert.Equal(["dev", "prod"], TestGateway.Value(await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Select(checks => checks.Cluster));
        held.SetResult();
        Assert.Equal(2, (await gateway.AuditAsync()).Count(row => row.Type == "cluster.checked"));
    }

    [Fact]
    public async Task Run_BindingsOfOthers_Told()
    {
        Bind("jit-gr-1", null);
        Bind("jit-gr-2", "west");
        Bind("jit-gr-3", "access-gateway");
        var leftovers = await FindAsync(ClusterCheckNames.Leftovers);
        Assert.Equal(CheckOutcome.Warning, leftovers.Outcome);
        Assert.Equal(["clusterrolebinding/jit-gr-1", "clusterrolebinding/jit-gr-2, of gateway 'west'"], leftovers.Details);
    }

    [Fact]
    public async Task Run_BindingsOfAnotherGateway_ItIsNamed()
    {
        Bind("jit-gr-2", "west");
        Assert.Equal("1 binding of another gateway (west)", (await FindAsync(ClusterCheckNames.Leftovers)).Found);
    }

    [Theory]
    [InlineData("absent", "not installed")]
    [InlineData("unbound", "is not bound")]
    [InlineData("audits", "does not deny")]
    [InlineData("other", "is not for system:serviceaccount:access-gateway:access-gateway")]
    [InlineData("edited", "is not the one")]
    public async Task Run_AdmissionPolicyWrong_SaysHow(string how, string said)
    {
        Limit(how);
        var admission = await FindAsync(ClusterCheckNames.AdmissionPolicy);
        Assert.Equal(CheckOutcome.Warning, admission.Outcome);
        Assert.Contains(said, admission.Found, StringComparison.Ordinal);
        Assert.Contains("--admission-policy", admission.Then, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AdmissionPolicyMayNotBeRead_Unknown()
    {
        _api.Fault = request => request.Path.StartsWithSegments("/apis/admissionregistration.k8s.io", StringComparison.Ordinal) ? 403 : null;
        Assert.Equal(CheckOutcome.Unknown, (await FindAsync(ClusterCheckNames.AdmissionPolicy)).Outcome);
    }

    [Fact]
    public async Task Run_ManyAtOnceAndAgain_OneLookAndOneEvent()
    {
        var asked = 0;
        _api.Before = request =>
        {
            if (request.Path.Value!.EndsWith("selfsubjectreviews", StringComparison.Ordinal))
                Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        };
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync()));
        await RunAsync();
        Assert.Equal(1, asked);
        _gateway.Clock.Advance(ClusterCheckRuns.MaxAge);
        await RunAsync();
        Assert.Equal(2, asked);
        Assert.InRange((await _gateway.AuditAsync()).Count(row => row.Type == "cluster.checked"), 2, 6);
    }

    [Theory]
    [InlineData("auditors", TestGateway.Cluster, null)]
    [InlineData("administrators", "other", ProblemCodes.NotFound)]
    [InlineData("platform", TestGateway.Cluster, ProblemCodes.Forbidden)]
    [InlineData("platform", "other", ProblemCodes.Forbidden)]
    public async Task Run_ByWhom_AdministratorsAndAuditorsAlone(string group, string cluster, string? refused)
    {
        var user = await _gateway.AddUserAsync("somebody", group);
        var outcome = await _gateway.WithAsync<ClusterChecks, Outcome<ClusterChecksView>>(checks => checks.RunAsync(user.Caller, cluster, default));
        Assert.Equal(refused, outcome.Is(out _, out var refusal) ? null : refusal.Code);
        var seen = await _gateway.InScopeAsync(services => Task.FromResult(services.GetRequiredService<ClusterChecks>().Last(user.Caller, cluster)));
        Assert.Equal(refused is null, seen is not null);
    }

    private async Task<ClusterCheckView> FindAsync(string check) => Find(await RunAsync(), check);

    private static ClusterCheckView Find(ClusterChecksView checks, string check) => checks.Checks.Single(found => found.Check == check);

    private async Task<ClusterChecksView> RunAsync() => TestGateway.Value(await _gateway.WithAsync<ClusterChecks, Outcome<List<ClusterChecksView>>>(checks => checks.RunAsync("console", TestGateway.Cluster, issue: false, default)))[0];

    private void Bind(string name, string? label) => _api.Objects[$"clusterrolebindings/{name}"] = new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = label is null ? [] : new JsonObject { ["access-gateway.io/gateway"] = label } },
        ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = "view" },
        ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "Group", ["name"] = "jit:gr-1" }),
    };

    /// <summary>The policy that limits the gateway's writes, as it should be or not.</summary>
    private void Limit(string how = "")
    {
        var limits = OwnWrites.Limits("access-gateway", how == "other" ? "else" : "access-gateway", "access-gateway");
        var (policy, binding) = ((V1ValidatingAdmissionPolicy)limits[0], (V1ValidatingAdmissionPolicyBinding)limits[1]);
        if (how == "edited")
            policy.Spec.Validations.RemoveAt(0);
        if (how == "audits")
            binding.Spec.ValidationActions = ["Audit"];
        _cluster.Admission.Clear();
        if (how != "absent")
            _cluster.Admission["validatingadmissionpolicies/access-gateway-writes"] = Json(policy);
        if (how is not ("absent" or "unbound"))
            _cluster.Admission["validatingadmissionpolicybindings/access-gateway-writes"] = Json(binding);
    }

    private static JsonObject Json(object item) => (JsonObject)JsonNode.Parse(KubernetesJson.Serialize(item))!;
}
