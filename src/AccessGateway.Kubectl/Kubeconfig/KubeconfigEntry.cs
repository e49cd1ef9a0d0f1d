namespace AccessGateway.Kubectl.Kubeconfig;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Credentials;

/// <summary>What a grant adds to a kubeconfig. Every part was checked: the gateway is trusted to decide, not to write files.</summary>
/// <param name="CertificateAuthority">PEM.</param>
/// <param name="Namespace">The context's default namespace, where the grant has exactly one.</param>
internal sealed record KubeconfigEntry(
    string GrantId, string Cluster, string ContextName, string Server, string CertificateAuthority, string? Namespace)
{
    public string ClusterName => ClusterNameOf(Cluster);

    public string UserName => UserNameOf(GrantId);

    public static string ClusterNameOf(string cluster) => "access-gateway-" + cluster;

    public static string UserNameOf(string grantId) => "access-gateway-" + grantId;

    public static KubeconfigEntry For(GrantView grant, GrantFacts facts, string? contextName)
    {
        if (!Identifiers.IsGrant(grant.Id) || !Identifiers.IsDnsLabel(grant.Cluster))
            throw new CommandFailedException("the gateway named a grant or cluster in a way that cannot stand in a kubeconfig");
        if (!Uri.TryCreate(facts.Server, UriKind.Absolute, out var server) || server.Scheme != Uri.UriSchemeHttps || server.UserInfo.Length > 0)
            throw new CommandFailedException($"the gateway gave no usable address of cluster {grant.Cluster}: {facts.Server}");
        if (string.IsNullOrWhiteSpace(facts.CertificateAuthority))
            throw new CommandFailedException($"the gateway gave no CA of cluster {grant.Cluster}");
        var single = grant is { Scope: RoleScope.Namespaces, Namespaces: [var only] } && Identifiers.IsDnsLabel(only) ? only : null;
        return new(grant.Id, grant.Cluster, contextName ?? $"{grant.Cluster}-{grant.Id}", facts.Server!, facts.CertificateAuthority, single);
    }
}
