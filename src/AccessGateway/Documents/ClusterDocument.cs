namespace AccessGateway.Documents;

using AccessGateway.Clusters;

/// <summary>Reads a document of kind Cluster.</summary>
internal static class ClusterDocument
{
    private static readonly string[] Signers = ["localCa", "kubernetesCsr", "pkcs11"];

    public static ClusterDefinition Read(string name, MappingReader metadata, MappingReader spec)
    {
        var labels = metadata.TextMap("labels");
        var server = spec.Text("server", ServerProblem, required: true);
        var authority = spec.Mapping("certificateAuthority", required: true);
        var authorityFile = authority.FileText("file");
        if (authorityFile.Length > 0 && ClusterConnections.CertificateAuthorityProblem(authorityFile) is { } problem)
            authority.Error($"file: {problem}", "file");
        authority.Finish();

        var posture = spec.Mapping("posture");
        var workloads = posture.Flag("workloads");
        posture.Finish();

        return new ClusterDefinition
        {
            Name = name,
            Labels = labels,
            Server = Uri.TryCreate(server, UriKind.Absolute, out var uri) ? uri : new Uri("https://invalid"),
            CertificateAuthority = authorityFile,
            Credentials = ReadCredentials(spec.Mapping("credentials", required: true)),
            Signer = ReadSigner(spec.Mapping("signer", required: true)),
            LeafLifetime = spec.Duration("leafLifetime", TimeSpan.FromMinutes(1), TimeSpan.FromHours(24), TimeSpan.FromMinutes(10)),
            PostureWorkloads = workloads,
            AuditTokenSha256 = spec.Optional("audit", ReadAudit),
        };
    }

    private static string ReadAudit(MappingReader audit) =>
        audit.Text("tokenSha256", text => text.Length == 64 && text.All(char.IsAsciiHexDigit) ? null : "must be 64 hexadecimal digits.", required: true);

    private static GatewayKubeconfig? ReadCredentials(MappingReader credentials)
    {
        if (credentials.Flag("inCluster") == credentials.Has("kubeconfig"))
            credentials.Error("credentials: give either kubeconfig or inCluster: true.");
        GatewayKubeconfig? kubeconfig = null;
        if (credentials.Has("kubeconfig") && credentials.FileText("kubeconfig") is { Length: > 0 } text)
        {
            (kubeconfig, var problem) = GatewayKubeconfig.Read(text);
            if (problem is not null)
                credentials.Error($"kubeconfig: {problem}", "kubeconfig");
        }

        credentials.Finish();
        return kubeconfig;
    }

    private static SignerDefinition ReadSigner(MappingReader signer)
    {
        if (Signers.Count(signer.Has) != 1)
            signer.Error("signer: give exactly one of localCa, kubernetesCsr and pkcs11.");
        var localCa = signer.Optional("localCa", ReadLocalCa);
        var pkcs11 = signer.Optional("pkcs11", ReadPkcs11);
        var kubernetesCsr = signer.Optional("kubernetesCsr", _ => new SignerDefinition.KubernetesCsr());
        signer.Finish();
        return localCa ?? pkcs11 ?? (SignerDefinition?)kubernetesCsr ?? new SignerDefinition.KubernetesCsr();
    }

    private static SignerDefinition.LocalCa ReadLocalCa(MappingReader files)
    {
        var imported = files.Has("certificate") | files.Has("key");
        var (certificate, key) = (files.FileText("certificate", required: false), files.FileText("key", required: false));
        if (files.Has("certificate") != files.Has("key"))
            files.Error("localCa: an imported CA needs certificate and key.");
        else if (certificate.Length > 0 && key.Length > 0 && CaFiles.Problem(certificate, key) is { } problem)
            files.Error($"localCa: {problem}", "certificate");
        return imported ? new SignerDefinition.LocalCa(certificate, key) : new SignerDefinition.LocalCa(null, null);
    }

    private static SignerDefinition.Pkcs11 ReadPkcs11(MappingReader token)
    {
        var uri = token.Text("uri", text => Pkcs11Address.Read(text).Problem, required: true);
        var certificate = token.FileText("certificate");
        if (certificate.Length > 0 && CaFiles.Problem(certificate) is { } problem)
            token.Error($"pkcs11: {problem}", "certificate");
        return new SignerDefinition.Pkcs11(Pkcs11Address.Read(uri).Address ?? new Pkcs11Address("", "", "", ""), certificate);
    }

    private static string? ServerProblem(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var uri) && uri is { Scheme: "https", UserInfo: "", Query: "", Fragment: "" }
            ? null
            : "must be an https:// address without user, query or fragment.";
}
