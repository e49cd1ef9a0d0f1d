namespace AccessGateway.Tests.Policy;

using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Testing;
using CsCheck;
using Xunit;

public sealed class ExplanationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-explain-").FullName;
    private readonly GatewayDocuments _documents;

    public ExplanationTests()
    {
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        File.WriteAllText(Path.Combine(_folder, "a.yaml"), StandardDocuments.Yaml(new Uri("https://127.0.0.1:6443")));
        File.WriteAllText(Path.Combine(_folder, "b.yaml"), """
            apiVersion: access-gateway/v1
            kind: AccessPolicy
            metadata: {name: strict}
            spec:
              clusters: {names: [dev]}
              requesters: {users: [alice]}
              hours: {days: [Mon], from: '08:00', to: '18:00', timeZone: UTC}
              roles:
                - name: viewer
                  clusterRole: view
                  scope: cluster
                  maxDuration: 30m
                  approval: [{required: 1, reviewers: {groups: [sre]}}]
            """);
        _documents = GatewayDocuments.Load(_folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("2026-03-02T12:00:00Z", "20m", "NeedsApproval", "b.yaml:13")] // who approves
    [InlineData("2026-03-02T12:00:00Z", "2h", "Denied", "b.yaml:12")] // the shorter limit
    [InlineData("2026-03-03T12:00:00Z", "20m", "Denied", "b.yaml:7")] // the hours
    public void Of_TwoPolicies_TheLineThatDecides(string at, string duration, string decision, string line)
    {
        var explanation = Explain("alice", "viewer", DateTimeOffset.Parse(at, null), duration);
        Assert.Equal(decision, explanation.Decision.GetType().Name);
        Assert.Contains(line, Deciding(explanation));
        Assert.Contains(explanation.Findings, finding => finding.Place!.ToString().EndsWith("a.yaml:18", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_ShortReason_TheLineOfTheReason() => Assert.Equal(["a.yaml:27"], Deciding(Explain("bob", "viewer", DateTimeOffset.UnixEpoch, "20m", "why")));

    [Fact]
    public void Of_NotOffered_WhoIsNamedInstead()
    {
        var explanation = Explanation.Of(_documents.Policies, new RequestFacts([_documents.Clusters[0].Facts], new PersonFacts("eve", ["sales"]), "viewer", [], null, null, DateTimeOffset.UnixEpoch));
        Assert.True(((Decision.Denied)explanation.Decision).NotOffered);
        Assert.Equal(["a.yaml:16", "b.yaml:6"], Deciding(explanation));
    }

    /// <summary>Whatever is asked: an explanation, of the very decision.</summary>
    [Fact]
    public void Of_AnyFacts_TheDecisionExplained() => Gen.Select(Policies.Policy.List[0, 5], Policies.Facts).Sample((policies, facts) =>
    {
        var explanation = Explanation.Of(policies, facts);
        Assert.Equal(AccessPolicy.Decide(policies, facts).GetType(), explanation.Decision.GetType());
        if (explanation.Decision is not Decision.Denied { NotOffered: true })
            Assert.Contains(explanation.Findings, finding => finding.Decides || explanation.Decision is Decision.Denied);
    });

    private Explanation Explain(string user, string role, DateTimeOffset at, string duration, string reason = "INC-1 disk full") => Explanation.Of(_documents.Policies, new RequestFacts(
        [_documents.Clusters[0].Facts], new PersonFacts(user, ["platform"]), role, [], Contracts.DurationText.TryParse(duration, out var time) ? time : null, reason, at));

    private static IEnumerable<string> Deciding(Explanation explanation) =>
        explanation.Findings.Where(finding => finding.Decides).Select(finding => $"{Path.GetFileName(finding.Place!.File)}:{finding.Place.Line}");
}
