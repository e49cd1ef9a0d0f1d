namespace AccessGateway.Documents;

using AccessGateway.Clusters;

/// <summary>Reads a document of kind Cluster.</summary>
internal static class ClusterDocument
{
    public static ClusterDefinition Read(string name, MappingReader metadata, MappingReader spec)
    {
        var labels = metadata.TextMap("labels");
        var server = spec.Text("server", ServerProblem, required: true);
        var authority = spec.Mapping("certificateAuthority", required: true);
        var authorityFile = ReadFile(authority, "file");
        authority.Finish();

        var credentials = spec.Mapping("credentials", required: true);
        GatewayKubeconfig? kubeconfig = null;
        if (credentials.Flag("inCluster") == credentials.Has("kubeconfig"))
            credentials.Error("credentials: give either kubeconfig or inCluster: true.");
        if (credentials.Has("kubeconfig"))
            kubeconfig = ReadKubeconfig(credentials);
        else
            credentials.Text("kubeconfig");
        credentials.Finish();

        var definition = new ClusterDefinition
        {
            Name = name,
            Labels = labels,
            Server = Uri.TryCreate(server, UriKind.Absolute, out var uri) ? uri : new Uri("https://invalid"),
            CertificateAuthority = authorityFile,
            Credentials = kubeconfig,
            Signer = ReadSigner(spec.Mapping("signer", required: true)),
            LeafLifetime = spec.Duration("leafLifetime", TimeSpan.FromMinutes(1), TimeSpan.FromHours(24), TimeSpan.FromMinutes(10)),
        };
        return definition;
    }

    private static SignerDefinition ReadSigner(MappingReader signer)
    {
        var localCa = signer.Has("localCa");
        var kubernetesCsr = signer.Has("kubernetesCsr");
        if (localCa == kubernetesCsr)
            signer.Error("signer: give exactly one of localCa and kubernetesCsr.");

        SignerDefinition definition = new SignerDefinition.KubernetesCsr();
        if (localCa)
        {
            var files = signer.Mapping("localCa");
            definition = files.Has("certificate") || files.Has("key")
                ? new SignerDefinition.LocalCa(ReadFile(files, "certificate"), ReadFile(files, "key"))
                : new SignerDefinition.LocalCa(null, null);
            files.Finish();
        }
        else
        {
            signer.Mapping("localCa");
        }

        signer.Mapping("kubernetesCsr").Finish();
        signer.Finish();
        return definition;
    }

    private static GatewayKubeconfig? ReadKubeconfig(MappingReader credentials)
    {
        var text = ReadFile(credentials, "kubeconfig");
        if (text.Length == 0)
            return null;
        var (kubeconfig, problem) = GatewayKubeconfig.Read(text);
        if (problem is not null)
            credentials.Error($"kubeconfig: {problem}", "kubeconfig");
        return kubeconfig;
    }

    /// <summary>A file's text, by a path relative to the document; empty where it cannot be read, which is an error.</summary>
    private static string ReadFile(MappingReader reader, string key)
    {
        var path = reader.Text(key, required: true);
        if (path.Length == 0)
            return "";
        try
        {
            return File.ReadAllText(Path.Combine(Path.GetDirectoryName(reader.File)!, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            reader.Error($"{key}: '{path}' cannot be read: {e.Message}", key);
            return "";
        }
    }

    private static string? ServerProblem(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var uri) && uri is { Scheme: "https", UserInfo: "", Query: "", Fragment: "" }
            ? null
            : "must be an https:// address without user, query or fragment.";
}
