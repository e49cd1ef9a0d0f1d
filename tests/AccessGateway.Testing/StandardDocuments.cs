namespace AccessGateway.Testing;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>The configuration that most tests run under.</summary>
internal static class StandardDocuments
{
    public const string Kubeconfig = """
        apiVersion: v1
        kind: Config
        current-context: gateway
        contexts: [{name: gateway, context: {cluster: dev, user: gateway}}]
        clusters: [{name: dev, cluster: {server: "https://127.0.0.1:1"}}]
        users: [{name: gateway, user: {token: fake-token}}]
        """;

    public static readonly string SomeCertificate = Certificate();

    /// <summary>Cluster <c>dev</c>; role offers: viewer (automatic), editor in payments-* (one administrator), admin (two of sre).</summary>
    public static string Yaml(Uri server, string signer = "{localCa: {}}") => $$$"""
        apiVersion: access-gateway/v1
        kind: Cluster
        metadata: {name: dev, labels: {tier: dev}}
        spec:
          server: {{{server}}}
          certificateAuthority: {file: ca.crt}
          credentials: {kubeconfig: gateway.kubeconfig}
          signer: {{{signer}}}
          leafLifetime: 10m
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: standard}
        spec:
          clusters: {names: [dev]}
          requesters: {groups: [platform]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 8h, defaultDuration: 1h, approval: automatic}
            - {name: editor, clusterRole: edit, scope: namespaces, namespaces: [payments-*], maxDuration: 4h, defaultDuration: 1h}
            - name: admin
              clusterRole: cluster-admin
              scope: cluster
              privileged: true
              maxDuration: 1h
              defaultDuration: 30m
              approval: [{required: 2, reviewers: {groups: [sre]}}]
          reason: {required: true, minLength: 5}
        """;

    private static string Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=some CA", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        return certificate.ExportCertificatePem();
    }
}
