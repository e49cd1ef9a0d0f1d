namespace AccessGateway.EndToEnd;

using System.Globalization;
using System.Text.Json;
using AccessGateway.Testing;

/// <summary>A cluster of a test's own, with the gateway's manifest applied.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment;
    private readonly string[] _parts;

    private TestCluster(string name, int port, bool pods)
    {
        _parts = pods ? ["node"] : [];
        Folder = Path.Combine(Path.GetTempPath(), name);
        Port = port;
        _environment = new Dictionary<string, string> { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) };
    }

    public string Folder { get; }

    public int Port { get; }

    /// <param name="port">The first of seven free ones.</param>
    /// <param name="pods">Whether it runs pods.</param>
    public static async Task<TestCluster> StartAsync(string name, int port, bool pods = true)
    {
        var cluster = new TestCluster(name, port, pods);
        try
        {
            (await cluster.ScriptAsync("up", cluster._parts)).Succeeded();
            (await cluster.AdminAsync("apply", "-f", Path.Combine(Demo.Root, "deploy", "rbac", "gateway.yaml"))).Succeeded();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>kubectl as the cluster's own administrator.</summary>
    public Task<Finished> AdminAsync(params string[] arguments) => Run.ToEndAsync("kubectl", ["--kubeconfig", Path.Combine(Folder, "admin.kubeconfig"), .. arguments]);

    /// <summary>Documents beside the cluster's own CA, which signs, and a token of the limited account of the gateway's manifest.</summary>
    /// <param name="more">Further lines of the cluster's <c>spec</c>.</param>
    /// <param name="signer">Another signer than that CA.</param>
    public async Task<string> WriteConfigurationAsync(string data, string more = "", string signer = "{localCa: {certificate: ca.crt, key: ca.key}}")
    {
        var config = Directory.CreateDirectory(Path.Combine(data, "config")).FullName;
        foreach (var name in new[] { "ca.crt", "ca.key" })
            File.Copy(Path.Combine(Folder, name), Path.Combine(config, name));
        var request = Path.Combine(data, "token-request.json");
        await File.WriteAllTextAsync(request, """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":7200}}""");
        using var token = JsonDocument.Parse((await AdminAsync("create", "--raw", "/api/v1/namespaces/access-gateway/serviceaccounts/access-gateway/token", "-f", request)).Succeeded());
        await File.WriteAllTextAsync(
            Path.Combine(config, "gateway.kubeconfig"),
            StandardDocuments.Kubeconfig.Replace("fake-token", token.RootElement.GetProperty("status").GetProperty("token").GetString(), StringComparison.Ordinal));
        var yaml = StandardDocuments.Yaml(new Uri($"https://127.0.0.1:{Port}"), signer);
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), yaml.Replace("  leafLifetime: 10m\n", $"  leafLifetime: 10m\n{more}", StringComparison.Ordinal));
        return config;
    }

    /// <summary>Puts an image into the node's store.</summary>
    public async Task ImportAsync(string archive) => (await Run.ToEndAsync(
        "ctr", ["-a", Path.Combine(Folder, "containerd.sock"), "-n", "k8s.io", "image", "import", "--snapshotter", "native", archive])).Succeeded();

    /// <summary>Starts what does not run, with more for <c>cluster.sh</c> in the environment.</summary>
    public async Task UpAsync(IReadOnlyDictionary<string, string> more)
    {
        foreach (var (name, value) in more)
            _environment[name] = value;
        (await ScriptAsync("up", _parts)).Succeeded();
    }

    public Task<Finished> ScriptAsync(string action, params string[] more) =>
        Run.ToEndAsync("bash", [Path.Combine(Demo.Root, "deploy", "dev-cluster", "cluster.sh"), action, Folder, .. more], _environment);

    public async ValueTask DisposeAsync()
    {
        await ScriptAsync("down");
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
