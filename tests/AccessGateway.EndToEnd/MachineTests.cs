namespace AccessGateway.EndToEnd;

using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Xunit;

/// <summary>A pod's own way to a cluster: a real kubelet projects the token, the published plugin runs inside the pod, and what it got
/// ends with the pod. Nothing in it is faked; where no pod can run, it fails.</summary>
public sealed partial class MachineTests : IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(20);

    private readonly string _cluster = Path.Combine(Path.GetTempPath(), "machines");
    private readonly string _data = Directory.CreateTempSubdirectory("access-gateway-machines-data-").FullName;

    private static string Plugin => Path.GetDirectoryName(Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_PLUGIN"))
        ?? throw new InvalidOperationException("ACCESSGATEWAY_TEST_PLUGIN must name the published plugin; tests/run.sh does.");

    private string Config => Path.Combine(_data, "config");

    public async ValueTask InitializeAsync()
    {
        (await ClusterAsync("up", "node")).Succeeded();
        (await AdminAsync("create", "namespace", "ci")).Succeeded();
        (await AdminAsync("create", "serviceaccount", "deployer", "-n", "ci")).Succeeded();
        var rbac = Path.Combine(Demo.Root, "deploy", "rbac");
        (await AdminAsync("apply", "-f", Path.Combine(rbac, "gateway.yaml"), "-f", Path.Combine(rbac, "gateway-machines.yaml"))).Succeeded();
        await WriteConfigurationAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (await ClusterAsync("down")).Succeeded();
        Directory.Delete(_cluster, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Pod_FromItsTokenToKubectl_AndDeletedWithItNothingIsLeft()
    {
        var database = new DatabaseOptions { ConnectionString = $"Data Source={Path.Combine(_data, "gateway.db")}" };
        await using var gateway = await GatewayProcess.StartAsync(_data, Config, "machines", database);
        await StartPodAsync();

        (await InPodAsync($"kubectl access login --service-account-token --cluster dev --server https://127.0.0.1:{gateway.Address.Port} --certificate-authority /gateway/ca.crt")).Succeeded();
        Assert.Contains("sa:dev:ci:deployer", (await InPodAsync("kubectl access whoami")).Succeeded(), StringComparison.Ordinal);
        (await InPodAsync("kubectl access request dev deploy --for 20m --reason INC-1 --wait --use </dev/null")).Succeeded();
        (await InPodAsync("kubectl --context $(kubectl config get-contexts -o name) get pods -n ci")).Succeeded();
        Assert.Contains("Forbidden", (await InPodAsync("kubectl --context $(kubectl config get-contexts -o name) get secrets -n ci")).Errors, StringComparison.Ordinal);

        // What somebody could have taken out of the pod.
        var grant = Grants().Match((await InPodAsync("kubectl access grants -o json")).Succeeded()).Value;
        var taken = await WriteCredentialAsync((await InPodAsync($"kubectl-access credential --grant {grant}")).Succeeded());
        (await GetPodsAsync(taken)).Succeeded();

        var deleted = Stopwatch.GetTimestamp();
        (await AdminAsync("delete", "pod", "job", "-n", "ci", "--grace-period=0", "--force")).Succeeded();
        await Eventually.TrueAsync(async () => (await GetPodsAsync(taken)).Errors.Contains("Forbidden", StringComparison.Ordinal), Promise, "kubectl to be refused");
        await File.WriteAllTextAsync(Path.Combine(Demo.Kept, "pod-deleted.seconds"), $"{Stopwatch.GetElapsedTime(deleted).TotalSeconds:0.0}\n");
        Assert.DoesNotContain("jit-", (await AdminAsync("get", "clusterrolebindings", "-o", "name")).Succeeded(), StringComparison.Ordinal);
        var server = Path.Combine(Demo.Root, "artifacts", "bin", "AccessGateway.Server", "debug", "access-gateway");
        var audit = (await Run.ToEndAsync(server, ["audit", "export", "--data", _data, "--config", Config])).Succeeded();
        Assert.Contains(audit.Split('\n'), line => line.Contains("grant.revoked", StringComparison.Ordinal) && line.Contains(grant, StringComparison.Ordinal) && line.Contains("the pod was deleted", StringComparison.Ordinal));
    }

    /// <summary>The image has a shell and nothing else: the machine's own libraries, kubectl and the plugin are mounted, read-only.</summary>
    private async Task StartPodAsync()
    {
        var manifest = $$$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: job, namespace: ci}
            spec:
              serviceAccountName: deployer
              hostNetwork: true
              containers:
                - name: job
                  image: local/sh:1
                  imagePullPolicy: Never
                  command: [/bin/sleep, '100000']
                  env: [{name: HOME, value: /tmp}, {name: PATH, value: '/plugin:/bin:/usr/bin'}]
                  volumeMounts:
                    - {name: token, mountPath: /var/run/secrets/access-gateway, readOnly: true}
                    - {name: usr, mountPath: /usr, readOnly: true}
                    - {name: lib, mountPath: /lib, readOnly: true}
                    - {name: lib64, mountPath: /lib64, readOnly: true}
                    - {name: ssl, mountPath: /etc/ssl, readOnly: true}
                    - {name: plugin, mountPath: /plugin, readOnly: true}
                    - {name: gateway, mountPath: /gateway, readOnly: true}
              volumes:
                - name: token
                  projected: {sources: [{serviceAccountToken: {audience: access-gateway, expirationSeconds: 600, path: token}}]}
                - {name: usr, hostPath: {path: /usr}}
                - {name: lib, hostPath: {path: /usr/lib}}
                - {name: lib64, hostPath: {path: /usr/lib64}}
                - {name: ssl, hostPath: {path: /etc/ssl}}
                - {name: plugin, hostPath: {path: '{{{Plugin}}}'}}
                - {name: gateway, hostPath: {path: '{{{Path.Combine(_data, "tls")}}}'}}
            """;
        var file = Path.Combine(_data, "pod.yaml");
        await File.WriteAllTextAsync(file, manifest);
        (await AdminAsync("apply", "-f", file)).Succeeded();
        (await AdminAsync("wait", "pod/job", "-n", "ci", "--for=condition=Ready", "--timeout=120s")).Succeeded();
    }

    /// <summary>The cluster's own CA signs, and the gateway reaches the API server with the limited account of its manifest.</summary>
    private async Task WriteConfigurationAsync()
    {
        Directory.CreateDirectory(Config);
        foreach (var name in new[] { "ca.crt", "ca.key" })
            File.Copy(Path.Combine(_cluster, name), Path.Combine(Config, name));
        var request = Path.Combine(_data, "token-request.json");
        await File.WriteAllTextAsync(request, """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":7200}}""");
        var answer = (await AdminAsync("create", "--raw", "/api/v1/namespaces/access-gateway/serviceaccounts/access-gateway/token", "-f", request)).Succeeded();
        using var token = JsonDocument.Parse(answer);
        await File.WriteAllTextAsync(
            Path.Combine(Config, "gateway.kubeconfig"),
            StandardDocuments.Kubeconfig.Replace("fake-token", token.RootElement.GetProperty("status").GetProperty("token").GetString(), StringComparison.Ordinal));
        var server = (await AdminAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(Config, "documents.yaml"), StandardDocuments.Yaml(new Uri(server), "{localCa: {certificate: ca.crt, key: ca.key}}") + """

            ---
            apiVersion: access-gateway/v1
            kind: AccessPolicy
            metadata: {name: machines}
            spec:
              clusters: {names: [dev]}
              requesters: {serviceAccounts: [dev/ci/deployer]}
              roles:
                - {name: deploy, clusterRole: view, scope: cluster, maxDuration: 1h, approval: automatic}
            """);
    }

    private async Task<string> WriteCredentialAsync(string execCredential)
    {
        using var document = JsonDocument.Parse(execCredential);
        var status = document.RootElement.GetProperty("status");
        var server = (await AdminAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")).Succeeded();
        var authority = await File.ReadAllTextAsync(Path.Combine(_cluster, "ca.crt"));
        return Credentials.Write(
            _data,
            new Contracts.CredentialResponse(status.GetProperty("clientCertificateData").GetString()!, default, server, authority),
            status.GetProperty("clientKeyData").GetString()!);
    }

    private static Task<Finished> GetPodsAsync(string kubeconfig) => Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "--all-namespaces"]);

    private Task<Finished> InPodAsync(string command) => AdminAsync("exec", "-n", "ci", "job", "--", "/bin/sh", "-c", command);

    private Task<Finished> AdminAsync(params string[] arguments) => Run.ToEndAsync("kubectl", ["--kubeconfig", Path.Combine(_cluster, "admin.kubeconfig"), .. arguments]);

    private Task<Finished> ClusterAsync(string action, params string[] more) => Run.ToEndAsync(
        "bash", [Path.Combine(Demo.Root, "deploy", "dev-cluster", "cluster.sh"), action, _cluster, .. more], new Dictionary<string, string> { ["PORT"] = "18443" });

    [GeneratedRegex("gr-[0-9a-z]{13}")]
    private static partial Regex Grants();
}
