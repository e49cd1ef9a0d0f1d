namespace AccessGateway.EndToEnd;

using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>The gateway is killed and stays dead; the CronJob that <c>config reaper</c> prints runs in the cluster, in the image that
/// <c>deploy/reaper/image.sh</c> builds of the published plugin with buildah, and removes what is over, and nothing else.</summary>
public sealed class ReaperTests
{
    private const string Gateway = "dead";
    private const string Image = "docker.io/local/reaper:1";

    /// <summary>The CronJob's minute, its controller's own period, and a pod's start.</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task CronJob_GatewayDead_TheExpiredBindingGoesAndOthersStay()
    {
        await using var cluster = await TestCluster.StartAsync("reaper", 18543);
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var data = Directory.CreateTempSubdirectory("access-gateway-reaper-").FullName;
        var config = await cluster.WriteConfigurationAsync(data);
        await using var prepared = await TestGateway.CreateAsync(database: database, data: data, config: config);
        var alice = await prepared.AddUserAsync("alice", "platform");
        string ended;
        string living;
        await using (var victim = await GatewayProcess.StartAsync(data, config, Gateway, database.Options))
        {
            prepared.Address = victim.Address;
            living = await ActivateAsync(prepared, alice, "20m");
            ended = await ActivateAsync(prepared, await prepared.AddUserAsync("bob", "platform"), "20s");
            victim.Kill();
        }

        (await cluster.AdminAsync("create", "clusterrolebinding", "readers", "--clusterrole=view", "--group=readers")).Succeeded();
        (await cluster.AdminAsync("label", "clusterrolebinding", "readers", $"access-gateway.io/gateway={Gateway}")).Succeeded();
        Assert.Equal(3, (await BindingsAsync(cluster)).Count);
        await InstallAsync(cluster, data, config);

        await Eventually.TrueAsync(async () => !(await BindingsAsync(cluster)).Contains($"jit-{ended}"), Promise, "the reaper to remove the expired binding");
        Assert.Equal([$"jit-{living}", "readers"], await BindingsAsync(cluster));
        await Eventually.TrueAsync(async () => (await LogAsync(cluster)).Contains($"jit-{ended}", StringComparison.Ordinal), what: "the reaper's log");

        // Run again beside a living grant it finds nothing; and the gateway that comes back finds its work done.
        await RunOnceAsync(cluster, data);
        (await cluster.AdminAsync("wait", "job/again", "-n", "access-gateway", "--for=condition=Complete", "--timeout=60s")).Succeeded();
        await using (await GatewayProcess.StartAsync(data, config, Gateway, database.Options))
            await Eventually.TrueAsync(async () => (await prepared.AuditAsync()).Any(row => row.Type == "binding.removed" && row.GrantId == ended), what: "the restarted gateway to write it down");
        Assert.Equal([$"jit-{living}", "readers"], await BindingsAsync(cluster));
        Directory.Delete(data, recursive: true);
    }

    /// <summary>What the server prints, with what this cluster needs: Kubernetes 1.20 knows CronJobs as beta, has no service network here, and the
    /// image is in no registry. A shorter grace spares a minute.</summary>
    private static async Task InstallAsync(TestCluster cluster, string data, string config)
    {
        var archive = Path.Combine(data, "reaper.tar");
        var plugin = Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_PLUGIN") ?? throw new InvalidOperationException("ACCESSGATEWAY_TEST_PLUGIN must name the published plugin; tests/run.sh does.");
        (await Run.ToEndAsync("bash", [Path.Combine(Demo.Root, "deploy", "reaper", "image.sh"), plugin, Image, archive], new Dictionary<string, string> { ["BUILDER"] = "buildah" })).Succeeded();
        await cluster.ImportAsync(archive);
        var server = Path.Combine(Demo.Root, "artifacts", "bin", "AccessGateway.Server", "debug", "access-gateway");
        var printed = (await Run.ToEndAsync(
            server, ["config", "reaper", "dev", "--config", config, "--image", Image], new Dictionary<string, string> { ["ACCESSGATEWAY__Gateway__Name"] = Gateway })).Succeeded();
        var manifest = Path.Combine(data, "reaper.yaml");
        await File.WriteAllTextAsync(manifest, printed
            .Replace("batch/v1\n", "batch/v1beta1\n", StringComparison.Ordinal)
            .Replace("restartPolicy: Never\n", "restartPolicy: Never\n          hostNetwork: true\n", StringComparison.Ordinal)
            .Replace("--grace, 60s", "--grace, 1s", StringComparison.Ordinal)
            .Replace(
                $"image: '{Image}'\n",
                $"image: '{Image}'\n              imagePullPolicy: Never\n              env: [{{name: KUBERNETES_SERVICE_HOST, value: 127.0.0.1}}, {{name: KUBERNETES_SERVICE_PORT, value: '{cluster.Port}'}}]\n",
                StringComparison.Ordinal));
        (await cluster.AdminAsync("apply", "-f", manifest)).Succeeded();
        var account = $"system:serviceaccount:access-gateway:{Gateway}-reaper";
        foreach (var (verb, thing, may) in new[] { ("delete", "clusterrolebindings", "yes"), ("create", "clusterrolebindings", "no"), ("patch", "rolebindings", "no"), ("delete", "clusterroles", "no"), ("get", "secrets", "no") })
            Assert.Equal(may, (await cluster.AdminAsync("auth", "can-i", verb, thing, "--as", account)).Output.Trim());
    }

    /// <summary>A Job of the CronJob's template; kubectl makes none of a beta CronJob.</summary>
    private static async Task RunOnceAsync(TestCluster cluster, string data)
    {
        var cron = JsonNode.Parse((await cluster.AdminAsync("get", "cronjob", $"{Gateway}-reaper", "-n", "access-gateway", "-o", "json")).Succeeded())!;
        var job = new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = "again", ["namespace"] = "access-gateway" },
            ["spec"] = cron["spec"]!["jobTemplate"]!["spec"]!.DeepClone(),
        };
        var file = Path.Combine(data, "again.json");
        await File.WriteAllTextAsync(file, job.ToJsonString());
        (await cluster.AdminAsync("apply", "-f", file)).Succeeded();
    }

    private static async Task<string> ActivateAsync(TestGateway prepared, TestUser user, string duration)
    {
        var request = await prepared.SubmitAsync(user, duration: duration);
        using var client = await prepared.SignInAsync(user);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{request.Id}/activate");
        message.Headers.Add(StepUpActions.Header, await StepUpSteps.ProveAsync(client, user.CodeAt(TimeProvider.System.GetUtcNow()), StepUpActions.Activate(request.Id)));
        using var answer = await client.SendAsync(message);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items.Single().Id;
    }

    private static async Task<List<string>> BindingsAsync(TestCluster cluster)
    {
        var names = (await cluster.AdminAsync("get", "clusterrolebindings", "-l", $"access-gateway.io/gateway={Gateway}", "-o", "jsonpath={.items[*].metadata.name}")).Succeeded();
        return [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static async Task<string> LogAsync(TestCluster cluster)
    {
        var pods = (await cluster.AdminAsync("get", "pods", "-n", "access-gateway", "-o", "jsonpath={.items[*].metadata.name}")).Succeeded();
        var logs = "";
        foreach (var pod in pods.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            logs += (await cluster.AdminAsync("logs", "-n", "access-gateway", pod)).Output;
        return logs;
    }
}
