namespace AccessGateway.Kubectl.Reaping;

/// <summary>How the API server is reached: its address, one CA in PEM, and a ServiceAccount's token.</summary>
internal sealed record ClusterAccess(string Server, string CertificateAuthority, string Token)
{
    private const string Mounted = "/var/run/secrets/kubernetes.io/serviceaccount/";
    private const int MaxFile = 1024 * 1024;

    /// <summary>What is not given is what Kubernetes tells every pod.</summary>
    public static ClusterAccess Find(PluginEnvironment environment, string? server, string? authorityFile, string? tokenFile) => new(
        server?.TrimEnd('/') ?? OfThePod(environment),
        Read(authorityFile ?? Mounted + "ca.crt"),
        Read(tokenFile ?? Mounted + "token").Trim());

    private static string OfThePod(PluginEnvironment environment)
    {
        if (environment.Variable("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || environment.Variable("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port)
            throw new CommandFailedException("this is no pod (KUBERNETES_SERVICE_HOST is not set); give --server, --ca-file and --token-file");
        return $"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}";
    }

    private static string Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new CommandFailedException($"there is no file {path}");
        return file.Length <= MaxFile ? File.ReadAllText(path) : throw new CommandFailedException($"{path} is too large");
    }
}
