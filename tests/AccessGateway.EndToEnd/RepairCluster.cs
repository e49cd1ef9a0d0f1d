namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

/// <summary>A real API server of the test's own, which it may kill, and a gateway with its loops in front of it, with the rights of the manifests.
/// The gateway's clock goes as the wall's while a test waits.</summary>
public sealed class RepairCluster : IAsyncLifetime
{
    public const string Namespace = "payments-api";

    private const string Policy = """
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: repair}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 8h, approval: automatic}
            - {name: reader, clusterRole: view, scope: namespaces, namespaces: [payments-*], maxDuration: 8h, approval: automatic}
            - {name: restarter, scope: namespaces, namespaces: [payments-*], rules: [{apiGroups: [''], resources: [pods], verbs: [get, list, delete]}], maxDuration: 8h, approval: automatic}
        """;

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-repair-").FullName;
    private TestCluster _cluster = null!;
    private TestDatabase _database = null!;
    private TestUser _alice = null!;

    internal TestGateway Gateway { get; private set; } = null!;

    /// <summary>What the gateway calls itself, on its labels.</summary>
    public string Name => Gateway.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.Name;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync("repair", 18843, pods: false);
        await AdminAsync("apply", "-f", Path.Combine(Demo.Root, "deploy", "rbac", "gateway-own-rules.yaml"));
        await AdminAsync("create", "namespace", Namespace);
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var config = await _cluster.WriteConfigurationAsync(_data);
        var documents = Path.Combine(config, "documents.yaml");
        await File.WriteAllTextAsync(documents, $"{(await File.ReadAllTextAsync(documents)).Split("\n---")[0]}\n---\n{Policy}\n");
        Gateway = await TestGateway.CreateAsync(database: _database, data: _data, config: config, background: true);
        await Gateway.ListenAsync();
        _alice = await Gateway.AddUserAsync("alice", "platform");
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _database.DisposeAsync();
        await _cluster.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>kubectl as the cluster's own administrator.</summary>
    public async Task<string> AdminAsync(params string[] arguments) => (await _cluster.AdminAsync(arguments)).Succeeded();

    internal Task<Finished> TryAdminAsync(params string[] arguments) => _cluster.AdminAsync(arguments);

    internal async Task<Grant> GrantAsync(string role, string duration = "8h", params string[] namespaces)
    {
        var grant = await Gateway.ActivateAsync(_alice, (await Gateway.SubmitAsync(_alice, role, duration, namespaces)).Id);
        return TestGateway.Value(await Gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.FindAsync(_alice.Caller, grant.Id, default)));
    }

    /// <summary>kill -9, without a word to anybody.</summary>
    public async Task KillApiServerAsync()
    {
        var file = Path.Combine(_cluster.Folder, "apiserver.pid");
        using var process = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(file), System.Globalization.CultureInfo.InvariantCulture));
        process.Kill();
        (await _cluster.ScriptAsync("stop-apiserver")).Succeeded();
    }

    public async Task StartApiServerAsync() => (await _cluster.ScriptAsync("start-apiserver")).Succeeded();

    /// <summary>Makes etcd forget what was before a revision.</summary>
    public async Task CompactAsync(string revision)
    {
        using var http = new HttpClient();
        using var body = new StringContent($$"""{"revision": {{revision}}, "physical": true}""");
        using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{_cluster.Port + 1}/v3/kv/compaction"), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> WithinAsync(TimeSpan limit, Func<Task<bool>> condition, string what)
    {
        var (start, given) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero);
        await Eventually.TrueAsync(
            () =>
            {
                var step = TimeProvider.System.GetElapsedTime(start) - given;
                given += step;
                Gateway.Clock.Advance(step);
                return condition();
            },
            limit,
            what);
        return TimeProvider.System.GetElapsedTime(start);
    }
}
