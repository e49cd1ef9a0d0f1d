namespace AccessGateway.EndToEnd;

using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Testing;
using Xunit;

/// <summary>A real API server sends its audit events here; each kind of stream that kubectl opens goes on after its grant has ended, and is shown until
/// it is closed. What is said of cutting them is tried: deleting the pod, restarting the API server.</summary>
public sealed class OpenStreamTests : IAsyncLifetime
{
    private const string Secret = "a-secret-of-this-test-alone-0123456789";

    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-streams-").FullName;
    private readonly int _podPort = Demo.FreePort();
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync("streams", 18643);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        if (Directory.Exists(_data)) // else the gateway has removed it already
            Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Streams_GrantEnded_GoOnAndAreShownUntilTheyAreCut()
    {
        await RunPodAsync();
        var config = await _cluster.WriteConfigurationAsync(_data, $"  audit: {{tokenSha256: {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))}}}\n");
        await using var gateway = await TestGateway.CreateAsync(data: _data, config: config, settings: new Dictionary<string, string?> { ["Gateway:Name"] = "streams" });
        await gateway.ListenAsync();
        await SendAuditAsync(gateway);

        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await EditorAsync(gateway, alice);
        using var client = await gateway.SignInAsync(alice);
        var kubeconfig = await Credentials.KubeconfigAsync(client, grant.Id, _data);
        await using var streams = await OpenStreamsAsync(kubeconfig);
        await OpenAsync(client, grant, streams.Words.Count);

        using var answer = await client.PostAsync(new Uri($"/api/v1/grants/{grant.Id}/relinquish", UriKind.Relative), content: null);
        var ended = (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.GrantView))!;
        Assert.Equal(streams.Words.Order(StringComparer.Ordinal), ended.OpenStreams!.Select(stream => stream.Words).Order(StringComparer.Ordinal));
        Assert.Contains("Forbidden", (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "-n", "payments-api"])).Errors, StringComparison.Ordinal);
        // What is said is true: they go on although nothing else is allowed any more.
        await streams.AssertGoOnAsync();
        // kubectl proxy asks anew for each call, an open port-forward for no further connection.
        Assert.Equal(HttpStatusCode.Forbidden, await streams.CallThroughProxyAsync());
        await streams.ConnectAgainAsync();

        (await _cluster.AdminAsync("delete", "pod", "web", "-n", "payments-api", "--grace-period=0", "--force")).Succeeded();
        await streams.AssertCutByPodAsync();
        await OpenAsync(client, grant, streams.LeftByPod);
        await streams.ConnectInVainAsync();
        await OpenAsync(client, grant, streams.LeftByPod - 1);
        (await _cluster.ScriptAsync("stop-apiserver")).Succeeded();
        await streams.AssertAllCutAsync();
        (await _cluster.ScriptAsync("start-apiserver")).Succeeded();

        var calls = (await client.GetFromJsonAsync($"/api/v1/grants/{grant.Id}/calls", GatewayJson.Default.PageKubeCallView))!.Items;
        Assert.All(calls, call => Assert.Equal("alice", call.User));
        Assert.Contains(calls, call => call is { Verb: "list", Resource: "pods", Code: 403 });
        Assert.Equal(streams.Words.Count.ToString(CultureInfo.InvariantCulture), (await gateway.AuditAsync()).Single(row => row.Type == "binding.removed").Details["openStreams"]);
    }

    /// <summary>Waits until the cluster has told of so many open streams.</summary>
    private static Task OpenAsync(HttpClient client, Grant grant, int wanted) => Eventually.TrueAsync(
        async () => (await client.GetFromJsonAsync($"/api/v1/grants/{grant.Id}", GatewayJson.Default.GrantView))!.OpenStreams!.Count(stream => stream.EndedAt is null) == wanted,
        what: $"{wanted} open streams");

    private static async Task<Grant> EditorAsync(TestGateway gateway, TestUser alice)
    {
        var root = await gateway.AddUserAsync("root", "administrators");
        var request = await gateway.SubmitAsync(alice, "editor", "20m", "payments-api");
        await gateway.ReviewAsync(root, request.Id);
        return await gateway.ActivateAsync(alice, request.Id);
    }

    private Task<OpenedStreams> OpenStreamsAsync(string kubeconfig) => OpenedStreams.StartAsync(kubeconfig, "payments-api", "web", _podPort);

    /// <summary>The API server again, now with the webhook that operations.md describes.</summary>
    private async Task SendAuditAsync(TestGateway gateway)
    {
        var webhook = Path.Combine(_data, "audit-webhook.kubeconfig");
        await File.WriteAllTextAsync(webhook, $$$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: gateway, cluster: {server: "{{{new Uri(gateway.Address, "/api/v1/clusters/dev/kube-audit")}}}", certificate-authority: "{{{gateway.CertificateAuthorityFile}}}"}}]
            users: [{name: audit, user: {token: {{{Secret}}}}}]
            contexts: [{name: audit, context: {cluster: gateway, user: audit}}]
            current-context: audit
            """);
        (await _cluster.ScriptAsync("stop-apiserver")).Succeeded();
        await _cluster.UpAsync(new Dictionary<string, string> { ["AUDIT_WEBHOOK"] = webhook, ["AUDIT_POLICY"] = Path.Combine(Demo.Root, "deploy", "dev-cluster", "audit-policy.yaml") });
    }

    private async Task RunPodAsync()
    {
        (await _cluster.AdminAsync("create", "namespace", "payments-api")).Succeeded();
        var file = Path.Combine(_data, "pod.yaml");
        await File.WriteAllTextAsync(file, $$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: web, namespace: payments-api}
            spec:
              hostNetwork: true
              containers:
                - name: web
                  image: 'local/sh:1'
                  imagePullPolicy: Never
                  command: [/bin/sh, -c]
                  args: ["nc -ll -p {{_podPort}} -e /bin/sh -c '{{OpenedStreams.Talk}}' & {{OpenedStreams.Talk}}"]
            """);
        await Eventually.TrueAsync(async () => (await _cluster.AdminAsync("apply", "-f", file)).ExitCode == 0, what: "the namespace's ServiceAccount");
        (await _cluster.AdminAsync("wait", "pod/web", "-n", "payments-api", "--for=condition=Ready", "--timeout=120s")).Succeeded();
    }
}
