namespace AccessGateway.Tests.Documents;

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AccessGateway.Documents;
using AccessGateway.Testing;
using Xunit;

/// <summary>The schema for editors and the readers say the same.</summary>
public sealed partial class DocumentSchemaTests
{
    /// <summary>Documents with every mapping that there is.</summary>
    public const string Everything = """
        apiVersion: access-gateway/v1
        kind: Cluster
        metadata: {name: dev, labels: {tier: dev}}
        spec:
          server: https://127.0.0.1:6443
          certificateAuthority: {file: ca.crt}
          credentials: {kubeconfig: gateway.kubeconfig}
          signer: {localCa: {}}
          leafLifetime: 10m
        ---
        apiVersion: access-gateway/v1
        kind: AccessPolicy
        metadata: {name: all}
        spec:
          clusters: {names: [dev], labels: {tier: dev}}
          requesters: {groups: [platform], users: [alice]}
          roles:
            - {name: viewer, clusterRole: view, scope: cluster, maxDuration: 8h, defaultDuration: 1h, approval: automatic}
            - name: own
              rules: [{apiGroups: [''], resources: [pods], resourceNames: [web], verbs: [get]}]
              scope: namespaces
              namespaces: [payments-*]
              privileged: true
              maxDuration: 1h
              approval: [{required: 2, reviewers: {groups: [sre], users: [bob]}}]
          reason: {required: true, minLength: 10, pattern: 'INC-\d+'}
          pendingLifetime: 24h
          mfa: {maxAge: 5m, factors: [passkey]}
          hours: {days: [Mon, Tue], from: '08:00', to: '18:00', timeZone: Europe/Berlin}
        """;

    private static readonly string Root = FindRoot();

    [Fact]
    public void Schema_Published_IsTheReadersOwn() => Assert.True(
        JsonNode.DeepEquals(DocumentSchema.Create(), JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "docs", "documents.schema.json")))),
        "A reader changed: write docs/documents.schema.json anew with `access-gateway config schema`.");

    [Fact]
    public void Schema_DocumentsOfTheRepository_Valid()
    {
        var texts = Directory.EnumerateFiles(Path.Combine(Root, "deploy"), "*.yaml", SearchOption.AllDirectories).Select(File.ReadAllText)
            .Where(text => text.Contains("apiVersion: access-gateway/", StringComparison.Ordinal))
            .Select(text => text.Replace("@SIGNER@", "localCa", StringComparison.Ordinal))
            .Append(StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443"))).Append(Everything).ToList();
        Assert.True(texts.Count >= 4);
        foreach (var document in texts.SelectMany(Parse))
            Assert.Empty(JsonSchemaCheck.Problems(DocumentSchema.Create(), document));
    }

    [Theory]
    [InlineData("maxDuration: 8h", "maxDuration: eight hours")]
    [InlineData("approval: automatic", "approval: always")]
    [InlineData("approval: automatic", "approvals: automatic")]
    [InlineData("required: 2", "required: 11")]
    [InlineData("required: 2", "required: two")]
    [InlineData("privileged: true", "privileged: 'yes'")]
    [InlineData("factors: [passkey]", "factors: [sms]")]
    [InlineData("days: [Mon, Tue]", "days: [Montag]")]
    [InlineData("server: https://127.0.0.1:6443", "leafLife: 10m")]
    [InlineData("kind: AccessPolicy", "kind: Policy")]
    public void Schema_WhatTheReaderRefuses_Invalid(string right, string wrong)
    {
        Assert.Contains(right, Everything, StringComparison.Ordinal);
        var documents = Parse(Everything.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(documents, document => JsonSchemaCheck.Problems(DocumentSchema.Create(), document).Count > 0);
    }

    /// <summary>Describing walks other ways through a reader than reading does. An unknown key in every mapping makes each say what it
    /// knows when it really reads.</summary>
    [Fact]
    public void Schema_EveryMapping_KnowsTheKeysOfTheReader()
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-schema-").FullName;
        File.WriteAllText(Path.Combine(folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        var strange = Everything.Replace("{", "{zzz: 1, ", StringComparison.Ordinal).Replace("zzz: 1, }", "zzz: 1}", StringComparison.Ordinal)
            .Replace("spec:\n", "spec:\n  zzz: 1\n", StringComparison.Ordinal).Replace("- name: own\n", "- name: own\n      zzz: 1\n", StringComparison.Ordinal).Replace("apiVersion:", "zzz: 1\napiVersion:", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "documents.yaml"), strange);
        var known = DocumentFolder.Read(folder).Errors.Select(error => Known().Match(error.Message)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToHashSet();
        Directory.Delete(folder, recursive: true);

        Assert.True(known.Count >= 14, $"Only {known.Count} mappings were reached.");
        var described = Mappings(DocumentSchema.Create()).ToHashSet();
        Assert.Empty(known.Except(described));
    }

    private static IEnumerable<string> Mappings(JsonNode? node) => node switch
    {
        JsonObject schema => (schema["properties"] is JsonObject properties && schema["additionalProperties"] is JsonValue
            ? [string.Join(", ", properties.Select(pair => pair.Key).Order(StringComparer.Ordinal))]
            : Array.Empty<string>()).Concat(schema.SelectMany(pair => Mappings(pair.Value))),
        JsonArray list => list.SelectMany(Mappings),
        _ => [],
    };

    private static List<DocumentNode> Parse(string text)
    {
        var errors = new List<DocumentError>();
        var documents = DocumentParser.Parse(text, "documents.yaml", errors);
        Assert.Empty(errors);
        return [.. documents];
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }

    [GeneratedRegex(@"known here: (.*)\.$")]
    private static partial Regex Known();
}
