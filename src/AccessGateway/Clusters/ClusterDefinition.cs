namespace AccessGateway.Clusters;

using AccessGateway.Policy;

/// <summary>A registered cluster, as its document defines it.</summary>
internal sealed record ClusterDefinition
{
    public required string Name { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The API server's https address.</summary>
    public required Uri Server { get; init; }

    /// <summary>The only CA that the API server's certificate is checked against, in PEM.</summary>
    public required string CertificateAuthority { get; init; }

    /// <summary>How the gateway itself signs in; null for the ServiceAccount of the pod it runs in.</summary>
    public required GatewayKubeconfig? Credentials { get; init; }

    public required SignerDefinition Signer { get; init; }

    /// <summary>How long a leaf lives at most; range 1 min to 24 h, default 10 min. Never longer than its grant.</summary>
    public required TimeSpan LeafLifetime { get; init; }

    /// <summary>Whether the posture report may look at pods, ConfigMaps and ServiceAccounts: rights that the gateway needs for nothing else.</summary>
    public bool PostureWorkloads { get; init; }

    /// <summary>Of the secret that the API server's audit webhook sends, in hex; null where it sends nothing.</summary>
    public string? AuditTokenSha256 { get; init; }

    public ClusterFacts Facts => new(Name, Labels);
}

/// <summary>Who signs leaves for a cluster.</summary>
internal abstract record SignerDefinition
{
    /// <summary>A CA of the gateway's own that the cluster trusts, or an imported one (both PEM given).</summary>
    internal sealed record LocalCa(string? CertificatePem, string? KeyPem) : SignerDefinition
    {
        /// <summary>Never shows the key.</summary>
        public override string ToString() => CertificatePem is null ? "localCa (generated)" : "localCa (imported)";
    }

    /// <summary>A CA whose key never leaves its PKCS #11 token.</summary>
    internal sealed record Pkcs11(Pkcs11Address Key, string CertificatePem) : SignerDefinition;

    /// <summary>The cluster itself, through its certificates API.</summary>
    internal sealed record KubernetesCsr : SignerDefinition;
}
