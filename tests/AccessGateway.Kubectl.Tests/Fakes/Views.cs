namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>What a gateway would answer.</summary>
internal static class Views
{
    public const string Digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    public static AccessRequestView AccessRequest(TimeProvider time, AccessRequestState state = AccessRequestState.Pending) => new(
        PluginFixture.Request, state, "ada", [new("dev", RiskLevel.Critical, null, null)], "admin", "cluster-admin", RoleScope.Cluster, [], "30m", "INC-1 broken", null, null,
        time.GetUtcNow() - TimeSpan.FromMinutes(3), time.GetUtcNow() + TimeSpan.FromHours(1), RiskLevel.Critical, 1, [], null, Digest, true);

    public static BlastRadiusView BlastRadius(TimeProvider time, RiskLevel? atSubmission = null) => new(
        "dev", "edit", RoleScope.Namespaces, ["payments-api"], RiskLevel.High, atSubmission, null,
        [new("secrets-readable", RiskLevel.High, "Can read Secrets in the namespace payments-api\e[2J.")],
        [new("", "create, change and delete Pods")], [new([""], ["pods"], [], ["create"], [])], Digest, ["view"], time.GetUtcNow());

    public static GrantView Grant(TimeProvider time, GrantState state = GrantState.Active) => new(
        PluginFixture.Grant, PluginFixture.Request, state, "ada", "dev", "admin", "cluster-admin", RoleScope.Cluster, [],
        time.GetUtcNow(), time.GetUtcNow() + TimeSpan.FromMinutes(30), null, null, true);

    /// <summary>Serves the fixture's grant, and credentials of it; the CSRs that came are in the list.</summary>
    public static List<CertificateRequest> ServeGrant(PluginFixture fixture, TimeSpan leafLifetime, TimeSpan? renewAfter = null)
    {
        var requests = new List<CertificateRequest>();
        fixture.Gateway.On($"GET /grants/{PluginFixture.Grant}", _ => Reply.Json(Grant(fixture.Time), GatewayJson.Default.GrantView));
        fixture.Gateway.On($"POST /grants/{PluginFixture.Grant}/credential", call =>
        {
            var csr = JsonSerializer.Deserialize(call.Body, GatewayJson.Default.CredentialRequest)!.Csr;
            lock (requests)
            {
                requests.Add(CertificateRequest.LoadSigningRequestPem(csr, HashAlgorithmName.SHA256));
                return Reply.Json(
                    new CredentialResponse($"LEAF-{requests.Count}", fixture.Time.GetUtcNow() + leafLifetime, "https://127.0.0.1:6443", fixture.Ca.Pem) { RenewAfter = fixture.Time.GetUtcNow() + renewAfter },
                    GatewayJson.Default.CredentialResponse);
            }
        });
        return requests;
    }
}
