namespace AccessGateway.Testing;

using System.Security.Cryptography.X509Certificates;
using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Server.Hosting;

/// <summary>Three clusters under policies of their own: <c>dev</c> is the mildest, <c>prod</c> strict, and <c>qa</c> has one role only.</summary>
internal static class SeveralClusters
{
    public static string Yaml(Uri? dev = null, Uri? prod = null) => $$$"""
        {{{Cluster("dev", dev)}}}
        ---
        {{{Cluster("prod", prod)}}}
        ---
        {{{Cluster("qa", null)}}}
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: mild}
        spec:
          clusters: {names: [dev, qa]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 2h, maxTotalDuration: 4h, defaultDuration: 1h, approval: automatic}
          reason: {required: true, minLength: 5}
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: dev-roles}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: admin, clusterRole: cluster-admin, scope: cluster, privileged: true, maxDuration: 2h, approval: [{required: 1, reviewers: {groups: [sre]}}], breakGlass: {groups: [on-call], maxDuration: 30m, reviewWithin: 24h}}
            - {name: deploy, clusterRole: edit, scope: cluster, maxDuration: 2h, approval: automatic}
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: prod-roles}
        spec:
          clusters: {names: [prod]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 30m, defaultDuration: 20m, approval: automatic}
            - {name: admin, clusterRole: cluster-admin, scope: cluster, privileged: true, maxDuration: 1h, approval: [{required: 2, reviewers: {groups: [sre]}}], breakGlass: {groups: [on-call], maxDuration: 30m, reviewWithin: 24h}}
            - {name: deploy, clusterRole: deployer, scope: cluster, maxDuration: 2h, approval: automatic}
          reason: {required: true, minLength: 10}
        """;

    /// <summary>A folder of these documents for two API servers, which show one certificate.</summary>
    public static async Task<(string Config, FakeApiServer Dev, FakeApiServer Prod)> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-several-").FullName;
        X509Certificate2 certificate = ServerCertificate.ReadOrCreate(folder, "127.0.0.1", TimeProvider.System);
        var (dev, prod) = (await FakeApiServer.StartAsync(certificate), await FakeApiServer.StartAsync(certificate));
        var config = Directory.CreateDirectory(Path.Combine(folder, "config")).FullName;
        File.Copy(Path.Combine(folder, "tls", "ca.crt"), Path.Combine(config, "ca.crt"));
        await File.WriteAllTextAsync(Path.Combine(config, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), Yaml(dev.Address, prod.Address));
        return (config, dev, prod);
    }

    /// <summary>For dev and prod, if no others are named.</summary>
    public static SubmitAccessRequest Asked(string role = "viewer", params string[] clusters) => new()
    {
        Clusters = clusters.Length == 0 ? ["dev", "prod"] : clusters,
        Role = role,
        Duration = "10m",
        Reason = "INC-1 disk full",
    };

    public static async Task<AccessRequest> SubmitToSeveralAsync(this TestGateway gateway, TestUser user, string role = "viewer", params string[] clusters) =>
        TestGateway.Value(await gateway.TrySubmitAsync(user, Asked(role, clusters)));

    private static string Cluster(string name, Uri? server) => $$$"""
        apiVersion: access-gateway/v1
        kind: Cluster
        metadata: {name: {{{name}}}}
        spec:
          server: {{{server ?? new Uri("https://127.0.0.1:1")}}}
          certificateAuthority: {file: ca.crt}
          credentials: {kubeconfig: gateway.kubeconfig}
          signer: {localCa: {}}
        """;
}
