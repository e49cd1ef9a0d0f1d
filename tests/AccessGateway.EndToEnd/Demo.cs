namespace AccessGateway.EndToEnd;

using System.Net.Sockets;
using System.Text.RegularExpressions;
using AccessGateway.Testing;
using Xunit;

/// <summary>README's first command, run for real: a cluster of its own, the published gateway in front of it, two invitations.</summary>
public sealed partial class Demo : IAsyncLifetime
{
    private static string Script => Path.Combine(Root, "deploy", "demo.sh");

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where screenshots and logs are kept; ignored by git.</summary>
    public static string Kept { get; } = Directory.CreateDirectory(Path.Combine(Root, "artifacts", "end-to-end")).FullName;

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "demo");

    public Uri Portal { get; private set; } = new("https://localhost");

    public string AdministratorLink { get; private set; } = "";

    public string RequesterLink { get; private set; } = "";

    public string CertificateAuthority => Path.Combine(Folder, "data", "tls", "ca.crt");

    public string Cluster => Path.Combine(Folder, "cluster");

    public string AdminKubeconfig => Path.Combine(Cluster, "admin.kubeconfig");

    public string PluginFolder => Path.Combine(Folder, "bin");

    public string Server => Path.Combine(Folder, "server", "access-gateway");

    public int Port { get; } = FreePort();

    public async ValueTask InitializeAsync()
    {
        await UsePublishedAsync(Folder, "own");
        var output = (await UpAsync()).Succeeded();
        Portal = new Uri($"https://localhost:{Port}");
        var links = Links().Matches(output).Select(match => match.Value).ToList();
        (AdministratorLink, RequesterLink) = (links[0], links[1]);
    }

    /// <summary>Puts what <c>tests/run.sh</c> has published by the script's own function into a demo's folder, where the script finds nothing to do
    /// unless a source has changed since. Without it the demo publishes.</summary>
    /// <param name="cluster">What the demo says of its cluster: <c>own</c>, or the kubeconfig.</param>
    internal static async Task UsePublishedAsync(string folder, string cluster)
    {
        if (Environment.GetEnvironmentVariable("ACCESSGATEWAY_TEST_PUBLISHED") is not { Length: > 0 } published)
            return;
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, ".access-gateway-demo"), $"{cluster}\n");
        (await EndToEnd.Run.ToEndAsync("cp", ["-r", .. new[] { "server", "bin", "published" }.Select(name => Path.Combine(published, name)), folder])).Succeeded();
    }

    internal Task<Finished> UpAsync() => EndToEnd.Run.ToEndAsync("bash", [Script, "up", "--dir", Folder, "--port", $"{Port}"]);

    public async ValueTask DisposeAsync()
    {
        await KeepMemoryAsync();
        if (File.Exists(Path.Combine(Folder, "gateway.log")))
            File.Copy(Path.Combine(Folder, "gateway.log"), Path.Combine(Kept, "gateway.log"), overwrite: true);
        (await EndToEnd.Run.ToEndAsync("bash", [Script, "down", "--dir", Folder])).Succeeded();
        Assert.False(Directory.Exists(Folder));
    }

    /// <summary>What the gateway takes after everything it did: a figure, not an assertion.</summary>
    private async Task KeepMemoryAsync()
    {
        var pid = Path.Combine(Folder, "gateway.pid");
        if (!File.Exists(pid))
            return;
        var status = $"/proc/{(await File.ReadAllTextAsync(pid)).Split()[0]}/status";
        if (File.Exists(status))
            await File.WriteAllLinesAsync(Path.Combine(Kept, "gateway.memory"), (await File.ReadAllLinesAsync(status)).Where(line => line.StartsWith("Vm", StringComparison.Ordinal) || line.StartsWith("Rss", StringComparison.Ordinal)));
    }

    /// <summary>kubectl as the cluster's own administrator.</summary>
    internal Task<Finished> AdminKubectlAsync(params string[] arguments) => EndToEnd.Run.ToEndAsync("kubectl", ["--kubeconfig", AdminKubeconfig, .. arguments]);

    /// <summary>Documents for another gateway on the demo's cluster, with the cluster's own CA beside them.</summary>
    internal async Task<string> WriteConfigurationAsync(string data, string signer)
    {
        var config = Directory.CreateDirectory(Path.Combine(data, "config")).FullName;
        foreach (var (from, to) in new[] { (Path.Combine(Cluster, "ca.crt"), "ca.crt"), (Path.Combine(Cluster, "ca.key"), "ca.key"), (Path.Combine(Folder, "config", "gateway.kubeconfig"), "gateway.kubeconfig") })
            File.Copy(from, Path.Combine(config, to));
        var server = (await AdminKubectlAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), StandardDocuments.Yaml(new Uri(server), signer));
        return config;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }

    [GeneratedRegex(@"https://localhost:\d+/enrol/\S+")]
    private static partial Regex Links();
}

/// <summary>Tests that share the one demo, one after another.</summary>
[CollectionDefinition(nameof(DemoTests))]
public sealed class DemoTests : ICollectionFixture<Demo>;
