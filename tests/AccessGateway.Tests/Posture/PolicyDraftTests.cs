namespace AccessGateway.Tests.Posture;

using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Posture;
using AccessGateway.Testing;
using Xunit;

/// <summary>Drafts are read by the reader that will read them when somebody uses them.</summary>
public sealed class PolicyDraftTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-draft-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_PeopleAndCi_PolicyForEachRoleAndPlace()
    {
        var draft = Draft(
            new(null, null, "cluster-admin", [StandingAccessTests.Group("platform"), StandingAccessTests.User("alice")]) { Name = "admins" },
            new("shop", null, "edit", [StandingAccessTests.Group("shop-team")]) { Name = "edit" },
            new("bank", null, "edit", [StandingAccessTests.Group("shop-team")]) { Name = "edit" },
            new("shop", "shop", "local", [StandingAccessTests.User("bob")]) { Name = "local" },
            new(null, null, "edit", [new("ServiceAccount", "ci", "deployer")]) { Name = "ci" },
            new(null, null, "view", [StandingAccessTests.Group("readers")]) { Name = "view" });
        var offers = Read(draft).Where(policy => policy.Name != "standard").Select(policy => (
            Role: policy.Roles[0], Who: string.Join(' ', [.. policy.Requesters.Groups, .. policy.Requesters.Users, .. policy.Requesters.Machines.ServiceAccounts]))).ToList();
        Assert.Equal(
            ["cluster-admin: platform alice", "edit bank,shop: shop-team", "edit: dev/ci/deployer", "local shop: bob"],
            offers.Select(offer => $"{offer.Role.Target.ClusterRole}{offer.Role.Target.NamespacedRole}{(offer.Role.Namespaces.Count > 0 ? " " : "")}{string.Join(',', offer.Role.Namespaces)}: {offer.Who}").Order(StringComparer.Ordinal));
        Assert.All(offers, offer => Assert.Equal((TimeSpan.FromHours(1), 1), (offer.Role.MaxDuration, offer.Role.Approval.Sum(rule => rule.Required))));
        Assert.True(offers.Single(offer => offer.Who == "platform alice").Role.Privileged);
        Assert.Contains("# kubectl delete clusterrolebinding admins\n", draft, StringComparison.Ordinal);
        Assert.Contains("# kubectl delete rolebinding -n shop edit\n", draft, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SharedBinding_IsEditedNotDeleted()
    {
        var draft = Draft(new RbacBinding(null, null, "cluster-admin", [StandingAccessTests.User("alice"), new("ServiceAccount", "argocd", "controller")]) { Name = "mixed" });
        Assert.Contains("# kubectl edit clusterrolebinding mixed    takes out User \"alice\"; 1 further subject stays\n", draft, StringComparison.Ordinal);
        Assert.DoesNotContain("delete clusterrolebinding mixed", draft, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oidc:Platform Team", "oidc-platform-team")]
    [InlineData("alice@Example.com", "alice@example.com")]
    [InlineData("null", "null")]
    public void Of_NamesOfTheCluster_WrittenAsTheGatewayDoes(string name, string expected)
    {
        var policy = Assert.Single(Read(Draft(new RbacBinding(null, null, "cluster-admin", [StandingAccessTests.Group(name)]) { Name = "b" })), policy => policy.Name != "standard");
        Assert.Equal([expected], policy.Requesters.Groups);
    }

    /// <summary>Neither YAML nor a shell may take a name for more than a name.</summary>
    [Fact]
    public void Of_HostileNames_StayInTheirComment()
    {
        const string evil = "x\u2028\u0085\r\n---\nkind: AccessPolicy; $(reboot) 'y'";
        var draft = Draft(
            new(null, null, "cluster-admin", [StandingAccessTests.User(evil), StandingAccessTests.User("alice")]) { Name = evil },
            new(null, null, "edit", [StandingAccessTests.User("bob")]) { Name = "-rf" });
        Assert.Equal(3, Read(draft).Count);
        Assert.DoesNotContain("delete clusterrolebinding x", draft, StringComparison.Ordinal);
        Assert.DoesNotContain("delete clusterrolebinding -rf", draft, StringComparison.Ordinal);
        Assert.All(draft!.Split('\n'), line => Assert.True(line.All(char.IsAscii) && !line.StartsWith("kind: AccessPolicy;", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_SystemRoleOrNoName_NotDraftedButSaid()
    {
        var draft = Draft(new(null, null, "system:node", [StandingAccessTests.User("alice")]) { Name = "a" }, new(null, null, "edit", [StandingAccessTests.User("…")]) { Name = "b" });
        Assert.Equal(2, draft!.Split("# Not drafted:").Length - 1);
        Assert.DoesNotContain("name: 'system", draft, StringComparison.Ordinal);
        Assert.Single(Read(draft));
    }

    [Fact]
    public void Of_NothingToReplace_NoDraft() => Assert.Null(Draft(new RbacBinding(null, null, "view", [StandingAccessTests.User("alice")])));

    [Fact]
    public void Of_ManyPlaces_CutAndSaid()
    {
        var draft = Draft([.. Enumerable.Range(0, PolicyDraft.MaxPolicies + 7).Select(n => new RbacBinding($"ns-{n}", null, "edit", [StandingAccessTests.User($"user-{n}")]) { Name = "edit" })]);
        Assert.Contains("# 7 further roles", draft, StringComparison.Ordinal);
        Assert.Equal(PolicyDraft.MaxPolicies + 1, Read(draft).Count);
    }

    private static string? Draft(params RbacBinding[] bindings) => PolicyDraft.Of("dev", StandingAccessTests.Of(bindings).All, ["standard", "viewer", "editor", "admin"]);

    private IReadOnlyList<AccessPolicy> Read(string? draft)
    {
        foreach (var (name, text) in new[] { ("documents.yaml", StandardDocuments.Yaml(new Uri("https://127.0.0.1:1"))), ("draft.yaml", draft!), ("ca.crt", StandardDocuments.SomeCertificate), ("gateway.kubeconfig", StandardDocuments.Kubeconfig) })
            File.WriteAllText(Path.Combine(_folder, name), text);
        var read = DocumentFolder.Read(_folder);
        Assert.Empty(read.Errors);
        Assert.Empty(read.Warnings);
        return read.Documents!.Policies;
    }
}
