namespace AccessGateway.Tests.Documents;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Testing;
using Xunit;

public sealed class GatewayDocumentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-documents-").FullName;

    public GatewayDocumentsTests()
    {
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_StandardDocuments_ReadsAll()
    {
        var documents = Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443")));
        Assert.Equal("dev", Assert.Single(documents.Clusters).Name);
        Assert.Equal(["viewer", "editor", "admin"], documents.Policies[0].Roles.Select(role => role.Name));
        Assert.Equal([false, false, true], documents.Policies[0].Roles.Select(role => role.Privileged));
        Assert.Equal(["totp", "passkey"], documents.Policies[0].MfaFactors);
        Assert.Equal(64, documents.Digest.Length);
    }

    [Theory]
    [InlineData("maxDuration: 8h", "maxDuration: forever", "must be a duration")]
    [InlineData("maxDuration: 8h", "maxDuration: -8h", "must be a duration")]
    [InlineData("approval: automatic", "approval: always", "approval must be automatic")]
    [InlineData("approval: automatic", "approvals: automatic", "Unknown key 'approvals'")]
    [InlineData("clusterRole: view", "clusterRole: system:masters", "never offered")]
    [InlineData("privileged: true", "privileged: false", "privileged: true")]
    [InlineData("privileged: true", "privileged: 'true'", "must be true or false")]
    [InlineData("name: viewer", "name: editor", "offered twice")]
    [InlineData("groups: [platform]", "groups: ['*']", "must be 1 to 63")]
    [InlineData("{localCa: {}}", "{localCa: {}, kubernetesCsr: {}}", "exactly one")]
    [InlineData("{localCa: {}}", "{vault: {}}", "exactly one")]
    [InlineData("https://127.0.0.1", "http://127.0.0.1", "https://")]
    [InlineData("file: ca.crt", "file: missing.crt", "cannot be read")]
    [InlineData("kind: AccessPolicy", "kind: Policy", "kind must be")]
    [InlineData("access-gateway/v1", "access-gateway/v2", "apiVersion must be")]
    [InlineData("required: 2", "required: 0", "from 1 to 10")]
    [InlineData("scope: cluster, maxDuration: 8h", "scope: galaxy, maxDuration: 8h", "scope must be")]
    [InlineData("metadata: {name: standard}", "metadata: {name: standard}\nmetadata: {name: again}", "Duplicate key")]
    [InlineData("reason: {required", "mfa: {factors: [sms]}\n  reason: {required", "'sms' is none of totp, passkey")]
    [InlineData("reason: {required", "mfa: {factors: []}\n  reason: {required", "name at least one")]
    [InlineData("reason: {required", "mfa: {factors: passkey}\n  reason: {required", "must be a list of texts")]
    [InlineData("reason: {required", "mfa: {maxAge: 13h}\n  reason: {required", "must be a duration from 30s to 12h")]
    [InlineData("reason: {required", "risk: {}\n  reason: {required", "give at least one of low")]
    [InlineData("reason: {required", "risk: {severe: deny}\n  reason: {required", "Unknown key 'severe'")]
    [InlineData("reason: {required", "risk: {unknown: deny}\n  reason: {required", "Unknown key 'unknown'")]
    [InlineData("reason: {required", "risk: {high: allow}\n  reason: {required", "high must be deny")]
    [InlineData("reason: {required", "risk: {high: []}\n  reason: {required", "demands nothing")]
    [InlineData("reason: {required", "risk: {high: [{required: 0}]}\n  reason: {required", "from 1 to 10")]
    [InlineData("reason: {required", "risk: {high: [{required: 1, reviewers: {}}]}\n  reason: {required", "give groups or users")]
    [InlineData("groups: [platform]", "groups: &a [platform]", "Anchors")]
    [InlineData("groups: [platform]", "groups: !!seq [platform]", "Tags")]
    public void Load_Wrong_ErrorSaysWhatAndWhere(string right, string wrong, string message)
    {
        var yaml = StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"));
        Assert.Contains(right, yaml, StringComparison.Ordinal);
        var e = Assert.Throws<DocumentException>(() => Load(yaml.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(e.Errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0 && error.Column > 0);
    }

    [Fact]
    public void Load_Risk_DemandsByLevel()
    {
        var demands = Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))
            .Replace("reason: {required", "risk: {critical: deny, high: [{required: 2, reviewers: {groups: [sre]}}, {required: 1}]}\n  reason: {required", StringComparison.Ordinal)).Policies[0].RiskDemands;
        Assert.Equal([RiskLevel.High, RiskLevel.Critical], demands.Select(demand => demand.From));
        Assert.Equal([false, true], demands.Select(demand => demand.Denied));
        Assert.Equal(["2 of group sre", "1 of group administrators"], demands[0].Rules.Select(rule => $"{rule.Required} of {rule.Reviewers}"));
    }

    [Fact]
    public void Load_SeveralErrors_AllAtOnce()
    {
        var yaml = StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))
            .Replace("maxDuration: 8h", "maxDuration: x", StringComparison.Ordinal)
            .Replace("required: 2", "required: x", StringComparison.Ordinal);
        Assert.Equal(2, Assert.Throws<DocumentException>(() => Load(yaml)).Errors.Count);
    }

    [Theory]
    [InlineData("exec: {command: sh}")]
    [InlineData("auth-provider: {name: gcp}")]
    [InlineData("tokenFile: /etc/passwd")]
    [InlineData("client-certificate: /etc/passwd")]
    [InlineData("token: x, as: admin")]
    public void Load_KubeconfigWithForeignUserKey_Refused(string user)
    {
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig.Replace("token: fake-token", user, StringComparison.Ordinal));
        var e = Assert.Throws<DocumentException>(() => Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))));
        Assert.Contains("is not accepted", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("insecure-skip-tls-verify: true")]
    [InlineData("proxy-url: http://127.0.0.1")]
    public void Load_KubeconfigWithForeignClusterKey_Refused(string cluster)
    {
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig.Replace("cluster: {server", $"cluster: {{{cluster}, server", StringComparison.Ordinal));
        var e = Assert.Throws<DocumentException>(() => Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))));
        Assert.Contains("of the cluster is not accepted", e.Message, StringComparison.Ordinal);
    }

    private GatewayDocuments Load(string yaml)
    {
        File.WriteAllText(Path.Combine(_folder, "documents.yaml"), yaml);
        return GatewayDocuments.Load(_folder);
    }
}
