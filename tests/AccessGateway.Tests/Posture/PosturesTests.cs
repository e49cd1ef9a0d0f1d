namespace AccessGateway.Tests.Posture;

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Posture;
using AccessGateway.Testing;
using Xunit;

/// <summary>The report over the API, with a cluster at the wire.</summary>
public sealed class PosturesTests : IAsyncLifetime
{
    private const string Canary = "canary-hunter22-value";

    private readonly string _config = Directory.CreateTempSubdirectory("access-gateway-posture-").FullName;
    private readonly List<string> _asked = [];
    private FakeApiServer _api = null!;
    private TestGateway _gateway = null!;
    private HttpClient _auditor = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApiServer.StartAsync();
        FakeCluster.Of(_api);
        _api.AddStandardRoles();
        _api.BindToAccount("cluster-admin", "ci", "deployer");
        _api.Before = request =>
        {
            lock (_asked)
                _asked.Add($"{request.Method} {request.Path}");
            return Task.CompletedTask;
        };
    }

    public async ValueTask DisposeAsync()
    {
        _auditor?.Dispose();
        await _gateway.DisposeAsync();
        await _api.DisposeAsync();
        Directory.Delete(_config, recursive: true);
    }

    [Fact]
    public async Task Get_Auditor_StandingAccessWithDraftAndAuditedOnce()
    {
        await StartAsync(workloads: false);
        var view = await GetAsync();
        Assert.Equal((RiskLevel.Critical, null), (view.Risk, view.Problem));
        var held = Assert.Single(view.Standing, held => held.Name == "deployer");
        Assert.Equal(("ClusterRole cluster-admin", "clusterrolebinding/ci-deployer", JustInTimeFit.MachinePolicy), (held.Role, Assert.Single(held.Bindings), held.JustInTime));
        Assert.Contains("serviceAccounts: ['dev/ci/deployer']", view.PolicyDraft, StringComparison.Ordinal);
        Assert.All(view.Checks, check => Assert.Equal(CheckState.NotLookedAt, check.State));
        lock (_asked)
            Assert.DoesNotContain(_asked, path => path.Contains("/pods", StringComparison.Ordinal) || path.Contains("/configmaps", StringComparison.Ordinal) || path.Contains("/secrets", StringComparison.Ordinal));

        await GetAsync();
        Assert.Equal(("auditor", "dev"), Assert.Single(await ReadsAsync()));
        _gateway.Clock.Advance(PostureReads.Quiet);
        await GetAsync();
        Assert.Equal(2, (await ReadsAsync()).Count);
    }

    /// <summary>It may bind cluster-admin, for it offers it: critical in anybody's hands, and so it is listed, but not what a cluster is judged by.</summary>
    [Theory]
    [InlineData("""["cluster-admin"]""", RiskLevel.Low, OwnAccess.Note)]
    [InlineData("""["cluster-admin","system:node"]""", RiskLevel.Critical, "This gateway's own account, with more than `config rbac` gives: bind clusterroles.rbac.authorization.k8s.io named system:node.")]
    public async Task Get_TheGatewaysOwnRights_ListedAndCountedOnlyInExcess(string names, RiskLevel risk, string note)
    {
        _api.Objects.TryRemove("clusterrolebindings/ci-deployer", out _);
        _api.AddClusterRole("own", $$"""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["bind"],"resourceNames":{{names}}}]""");
        _api.BindToAccount("own", "access-gateway", "access-gateway");
        await StartAsync(workloads: false);
        var view = await GetAsync();
        var held = Assert.Single(view.Standing, held => held.Name == "access-gateway");
        Assert.Equal((RiskLevel.Critical, note), (held.Risk, held.Note));
        Assert.Equal((risk, null), (view.Risk, view.PolicyDraft));
    }

    [Fact]
    public async Task Get_OthersOrNoCluster_NotFoundAndNothingAsked()
    {
        await StartAsync(workloads: true);
        using var alice = await _gateway.SignInAsync(await _gateway.AddUserAsync("alice", "platform"));
        lock (_asked)
            _asked.Clear();
        Assert.Equal(HttpStatusCode.NotFound, (await alice.GetAsync(new Uri("/api/v1/clusters/dev/posture", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _auditor.GetAsync(new Uri("/api/v1/clusters/nowhere/posture", UriKind.Relative))).StatusCode);
        lock (_asked)
            Assert.DoesNotContain(_asked, path => path.Contains("/pods", StringComparison.Ordinal));
        Assert.Empty(await ReadsAsync());
    }

    /// <summary>Nobody waits for a cluster of any size; the look goes on for whoever asks next.</summary>
    [Fact]
    public async Task Get_SlowCluster_SaysThatItLooksAndHasItLater()
    {
        await StartAsync(workloads: true);
        var released = new TaskCompletionSource();
        var note = _api.Before;
        _api.Before = async request =>
        {
            await note(request);
            await (request.Path.Value!.EndsWith("/configmaps", StringComparison.Ordinal) ? released.Task : Task.CompletedTask);
        };
        var first = GetAsync();
        await _gateway.EventuallyAsync(() => first.IsCompleted);
        var view = await first;
        Assert.Contains("still looking", Find(view, "secrets-in-configmaps").Words, StringComparison.Ordinal);
        released.SetResult();
        await Eventually.TrueAsync(async () => Find(await GetAsync(), "secrets-in-configmaps").State == CheckState.Passed, what: "the look to end");
        lock (_asked)
            Assert.Single(_asked, path => path == "GET /api/v1/configmaps");
    }

    /// <summary>Page after page, once in five minutes, never Secrets, and no value in the answer or the log.</summary>
    [Fact]
    public async Task Get_Workloads_EveryPageLookedAtAndNoValueTold()
    {
        var log = new CapturedLog();
        for (var i = 0; i < 120; i++)
            _api.Objects[$"namespaces/shop/configmaps/map-{i}"] = Item("shop", $"map-{i}", new JsonObject { ["data"] = new JsonObject { ["password"] = i % 2 == 0 ? Canary : "" } });
        _api.Objects["namespaces/shop/serviceaccounts/web"] = Item("shop", "web", new JsonObject { ["secrets"] = new JsonArray(new JsonObject { ["name"] = "web-token-abcde" }) });
        await StartAsync(workloads: true, log);
        using var answer = await _auditor.GetAsync(new Uri("/api/v1/clusters/dev/posture", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
        var view = await GetAsync();
        Assert.Equal(60, Find(view, "secrets-in-configmaps").ItemsTotal);
        Assert.Equal(CheckState.Found, Find(view, "long-lived-tokens").State);
        Assert.Equal(CheckState.Unknown, Find(view, "encryption-at-rest").State);
        lock (_asked)
        {
            Assert.Equal(3, _asked.Count(path => path == "GET /api/v1/configmaps"));
            Assert.DoesNotContain(_asked, path => path.Contains("/secrets", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(Canary, log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await _gateway.AuditAsync(), e => e.ToString().Contains(Canary, StringComparison.Ordinal));

        _gateway.Clock.Advance(WorkloadStates.MaxAge);
        await GetAsync();
        lock (_asked)
            Assert.Equal(6, _asked.Count(path => path == "GET /api/v1/configmaps"));
    }

    [Theory]
    [InlineData(403, "config rbac")]
    [InlineData(500, "answered 500")]
    public async Task Get_ConfigMapsRefused_UnknownThereAndAskedAgain(int status, string words)
    {
        await StartAsync(workloads: true);
        _api.Fault = request => request.Path.Value!.EndsWith("/configmaps", StringComparison.Ordinal) ? status : null;
        var view = await GetAsync();
        var check = Find(view, "secrets-in-configmaps");
        Assert.Equal(CheckState.Unknown, check.State);
        Assert.Contains(words, check.Words, StringComparison.Ordinal);
        Assert.Equal(CheckState.Passed, Find(view, "shared-secrets").State);
        _api.Fault = _ => null;
        Assert.Equal(CheckState.Passed, Find(await GetAsync(), "secrets-in-configmaps").State);
    }

    [Fact]
    public async Task Get_RolesUnreadable_UnknownRiskAndTheReason()
    {
        await StartAsync(workloads: false);
        _api.Fault = request => request.Path.Value!.Contains("/clusterroles", StringComparison.Ordinal) ? 403 : null;
        var view = await GetAsync();
        Assert.Equal((RiskLevel.Unknown, 0, null), (view.Risk, view.StandingTotal, view.PolicyDraft));
        Assert.NotNull(view.Problem);
    }

    private async Task StartAsync(bool workloads, CapturedLog? log = null)
    {
        var yaml = StandardDocuments.Yaml(_api.Address).Replace("  leafLifetime: 10m", $"  leafLifetime: 10m\n  posture: {{workloads: {(workloads ? "true" : "false")}}}", StringComparison.Ordinal);
        foreach (var (name, text) in new[] { ("documents.yaml", yaml), ("ca.crt", _api.CertificateAuthority), ("gateway.kubeconfig", StandardDocuments.Kubeconfig) })
            await File.WriteAllTextAsync(Path.Combine(_config, name), text);
        _gateway = await TestGateway.CreateAsync(apiServer: _api, config: _config, configure: log is null ? null : log.Use);
        await _gateway.ListenAsync();
        _auditor = await _gateway.SignInAsync(await _gateway.AddUserAsync("auditor", "auditors"));
    }

    private async Task<PostureView> GetAsync() => (await _auditor.GetFromJsonAsync("/api/v1/clusters/dev/posture", GatewayJson.Default.PostureView))!;

    private async Task<List<(string Actor, string? Cluster)>> ReadsAsync() =>
        [.. (await _gateway.AuditAsync()).Where(e => e.Type == AuditEvents.PostureRead).Select(e => (e.Actor, e.Cluster))];

    private static HardeningCheckView Find(PostureView view, string code) => Assert.Single(view.Checks, check => check.Code == code);

    private static JsonObject Item(string place, string name, JsonObject item)
    {
        item["metadata"] = new JsonObject { ["namespace"] = place, ["name"] = name };
        return item;
    }
}
