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
    [InlineData("kind: AccessPolicy", "kind: Policy", "kind: must be")]
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
    [InlineData("groups: [platform]", "groups: *a", "aliases")]
    [InlineData("groups: [platform]", "groups: [platform], groups: [sre]", "Duplicate key 'groups': it stands on line")]
    [InlineData("groups: [platform]", "? [a] : b", "A key must be a text")]
    [InlineData("clusterRole: view", "clusterRole: Cluster-Admin", "offer it with privileged: true")]
    [InlineData("clusterRole: view", "clusterRole: System:node", "never offered")]
    [InlineData("clusterRole: view", "clusterRole: ' view'", "no ClusterRole's name")]
    [InlineData("clusterRole: view", "clusterRole: view, role: operator", "exactly one of clusterRole, role and rules")]
    [InlineData("clusterRole: view, ", "", "exactly one of clusterRole, role and rules")]
    [InlineData("clusterRole: view", "role: operator", "scope: namespaces")]
    [InlineData("clusterRole: edit", "role: 'system::leader'", "never offered")]
    [InlineData("clusterRole: view", "rules: []", "an empty list")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: ['*'], verbs: [get]}]", "wildcard")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: ['*'], resources: [pods], verbs: [get]}]", "wildcard")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [pods], verbs: ['*']}]", "wildcard")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: ['pods/*'], verbs: [get]}]", "wildcard")]
    [InlineData("clusterRole: view", "rules: [{nonResourceURLs: ['*'], verbs: [get]}]", "wildcard")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [users], verbs: [impersonate]}]", "impersonate")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [users], verbs: [Impersonate]}]", "in lower case")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}]", "bind")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}]", "leads to everything")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}]", "leads to everything")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [pods]}]", "verbs: give at least one")]
    [InlineData("clusterRole: view", "rules: [{verbs: [get]}]", "apiGroups and resources, or nonResourceURLs")]
    [InlineData("clusterRole: view", "rules: [{apiGroups: [''], resources: [pods], nonResourceURLs: [/healthz], verbs: [get]}]", "apiGroups and resources, or nonResourceURLs")]
    [InlineData("clusterRole: edit", "rules: [{nonResourceURLs: [/healthz], verbs: [get]}]", "scope: cluster")]
    [InlineData("leafLifetime: 10m", "audit: {tokenSha256: abc}", "64 hexadecimal digits")]
    [InlineData("leafLifetime: 10m", "audit: {}", "tokenSha256")]
    [InlineData("leafLifetime: 10m", "audit: {token: secret}", "token")]
    public void Load_Wrong_ErrorSaysWhatAndWhere(string right, string wrong, string message)
    {
        var yaml = StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"));
        Assert.Contains(right, yaml, StringComparison.Ordinal);
        var e = Assert.Throws<DocumentException>(() => Load(yaml.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(e.Errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0 && error.Column > 0);
    }

    /// <summary>Where the wrong thing stands, not where the mapping around it begins.</summary>
    [Theory]
    [InlineData("a: 1\nb: {c: 1,\n  c: 2}", 3, 3)]
    [InlineData("a: &x 1\nb: *x", 1, 4)]
    [InlineData("a: 1\nb: !!str 2", 2, 4)]
    [InlineData("a: [1,\n", 2, 1)]
    public void Parse_Wrong_Place(string text, long line, long column)
    {
        var errors = new List<DocumentError>();
        DocumentParser.Parse(text, "f", errors);
        Assert.Equal((line, column), (errors[0].Line, errors[0].Column));
    }

    /// <summary>Ten levels of ten aliases each would be ten thousand million nodes.</summary>
    [Fact]
    public void Parse_AliasBomb_RefusedAtOnce()
    {
        var bomb = string.Concat(Enumerable.Range(1, 9).Select(level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));
        var errors = new List<DocumentError>();
        DocumentParser.Parse($"a0: &a0 lol\n{bomb}", "f", errors);
        Assert.Contains(errors, error => error.Message.Contains("aliases", StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_NestedDeep_Refused()
    {
        var errors = new List<DocumentError>();
        DocumentParser.Parse(new string('[', 100_000), "f", errors);
        Assert.Contains("Nested", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LargeOrNoText_Refused()
    {
        File.WriteAllText(Path.Combine(_folder, "large.yaml"), $"# {new string('x', 1 << 20)}");
        File.WriteAllBytes(Path.Combine(_folder, "latin.yml"), [(byte)'a', (byte)'\n', 0xE4, 0xF6]);
        File.WriteAllText(Path.Combine(_folder, ".hidden.yaml"), "no: document");
        var errors = Assert.Throws<DocumentException>(() => Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443")))).Errors;
        Assert.Equal(["large.yaml: Cannot be read: The file is larger than 1 MiB.", "latin.yml: The file is no UTF-8."], errors.Select(error => $"{Path.GetFileName(error.File)}: {error.Message}"));
    }

    [Fact]
    public void Load_PrivilegedOwnRules_Accepted()
    {
        var documents = Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443")).Replace("clusterRole: cluster-admin", "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]", StringComparison.Ordinal));
        Assert.True(documents.Policies[0].Roles[2].Target.HasOwnRules);
    }

    [Fact]
    public void Load_NamedFileChanged_OtherDigest()
    {
        var yaml = StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"));
        var before = Load(yaml).Digest;
        Assert.Equal(before, Load(yaml).Digest);
        File.AppendAllText(Path.Combine(_folder, "gateway.kubeconfig"), "\n# renewed");
        Assert.NotEqual(before, Load(yaml).Digest);
    }

    [Fact]
    public void Look_NothingChanged_TheDigestOfTheReading()
    {
        Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443")));
        var read = DocumentFolder.Read(_folder);
        Assert.Equal(read.Digest, DocumentFolder.Look(_folder, read.Named));
        File.Delete(Path.Combine(_folder, "ca.crt"));
        Assert.NotEqual(read.Digest, DocumentFolder.Look(_folder, read.Named));
    }

    [Theory]
    [InlineData("names: [dev]", "names: [nowhere]", "for no cluster", 15)]
    [InlineData("maxDuration: 8h, defaultDuration: 1h", "maxDuration: 9m", "makes no leaf for under 10m", 18)]
    public void Load_HardlyMeant_Warned(string from, string to, string message, int line)
    {
        var documents = Load(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"), "{kubernetesCsr: {}}").Replace(from, to, StringComparison.Ordinal));
        var warning = Assert.Single(documents.Warnings);
        Assert.Contains(message, warning.Message, StringComparison.Ordinal);
        Assert.Equal(line, warning.Line);
    }

    [Fact]
    public void Load_ScheduleThatIsMissing_ErrorWithItsPlace()
    {
        File.WriteAllText(Path.Combine(_folder, "tracker.key"), "a-secret-of-the-tracker");
        var yaml = WorkflowDocuments.Yaml().Replace("metadata: {name: primary}", "metadata: {name: secondary}", StringComparison.Ordinal);
        var error = Assert.Single(Assert.Throws<DocumentException>(() => Load(yaml)).Errors);
        Assert.Contains("names the schedule 'primary'", error.Message, StringComparison.Ordinal);
        Assert.Contains("automaticWhen", yaml.Split('\n')[error.Line - 1], StringComparison.Ordinal);
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
