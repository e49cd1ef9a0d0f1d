namespace AccessGateway.Clusters;

using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>A cluster in the list of those who look after them.</summary>
/// <param name="Checked">The last look, however old; null where there was none since the start.</param>
internal sealed record ListedCluster(ClusterView Cluster, ClusterChecksView? Checked);

/// <summary>What the documents and the database say of a cluster.</summary>
internal sealed record ClusterFile(ListedCluster Listed, string Credentials, string Signer, TimeSpan LeafLifetime, IReadOnlyList<AnchorFact> Anchors, IReadOnlyList<OfferFact> Offers);

/// <summary>A CA that the cluster trusts, or should.</summary>
/// <param name="State">What it does now, in words.</param>
internal sealed record AnchorFact(string Name, string State, DateTimeOffset NotAfter);

/// <summary>A role as one policy offers it on the cluster.</summary>
internal sealed record OfferFact(string Role, string Policy, string Binds, RoleScope Scope, IReadOnlyList<string> Namespaces, string MaxDuration)
{
    /// <summary>Null where nothing is excepted.</summary>
    public IReadOnlyList<string>? ExceptNamespaces { get; init; }
}

/// <summary>The registered clusters for administrators and auditors.</summary>
internal sealed class ClusterDirectory(GatewayDocuments documents, TrustAnchors anchors, ClusterHealth health, ClusterCheckRuns runs)
{
    private static readonly Refusal NotAllowed = new Refusal.Forbidden("Clusters are looked after by administrators and auditors of the gateway.");

    /// <summary>By name.</summary>
    public Outcome<List<ListedCluster>> List(Caller caller) => caller.IsAuditor
        ? documents.Clusters.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).Select(Listed).ToList()
        : NotAllowed;

    public async Task<Outcome<ClusterFile>> FindAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (!caller.IsAuditor)
            return NotAllowed;
        if (documents.Cluster(name) is not { } cluster)
            return new Refusal.NotFound($"No cluster '{name}' is registered.");
        return new ClusterFile(
            Listed(cluster),
            cluster.Credentials is { } credentials ? $"a {credentials} of its own" : "the ServiceAccount of the gateway's pod",
            Words(cluster.Signer),
            cluster.LeafLifetime,
            await AnchorsAsync(cluster, cancellationToken),
            [.. Offers(cluster)]);
    }

    private ListedCluster Listed(ClusterDefinition cluster) =>
        new(new ClusterView(cluster.Name, cluster.Server.ToString().TrimEnd('/'), cluster.Labels, health.Of(cluster.Name)), runs.Last(cluster.Name));

    private IEnumerable<OfferFact> Offers(ClusterDefinition cluster) =>
        from policy in documents.PoliciesOn(cluster)
        from role in policy.Roles
        orderby role.Name, policy.Name
        select new OfferFact(role.Name, policy.Name, role.Target.ToString(), role.Scope, role.Namespaces, DurationText.Format(role.MaxDuration)) { ExceptNamespaces = role.ExceptNamespaces is { Count: > 0 } except ? except : null };

    private async Task<IReadOnlyList<AnchorFact>> AnchorsAsync(ClusterDefinition cluster, CancellationToken cancellationToken) => cluster.Signer switch
    {
        SignerDefinition.LocalCa { CertificatePem: { } pem } => [Of(pem)],
        SignerDefinition.Pkcs11 { CertificatePem: var pem } => [Of(pem)],
        SignerDefinition.LocalCa => [.. (await anchors.ListAsync(cluster.Name, cancellationToken)).Select(anchor => new AnchorFact(anchor.Id, Words(anchor.State), anchor.NotAfter))],
        _ => [],
    };

    private static AnchorFact Of(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return new AnchorFact(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), Words(TrustAnchorState.Signing), certificate.NotAfter.ToUniversalTime());
    }

    private static string Words(TrustAnchorState state) => state switch
    {
        TrustAnchorState.Next => "comes next, signs nothing yet",
        TrustAnchorState.Signing => "signs",
        _ => "signs no more",
    };

    private static string Words(SignerDefinition signer) => signer switch
    {
        SignerDefinition.LocalCa { CertificatePem: null } => "localCa: a CA that the gateway made",
        SignerDefinition.LocalCa => "localCa: an imported CA",
        SignerDefinition.Pkcs11 => "pkcs11: a CA whose key stays in its token",
        _ => "kubernetesCsr: the cluster itself",
    };
}
