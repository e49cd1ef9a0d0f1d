namespace AccessGateway.Tests.Clusters;

using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Testing;
using k8s;
using k8s.Models;
using Xunit;

/// <summary>The least rights of the gateway, made from its documents; whether they are enough is tried end to end.</summary>
public sealed class OwnRightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-rights-").FullName;

    [Fact]
    public void Of_NothingOffered_FindsAndRemovesWhatIsLeft()
    {
        var rights = Read("    - {name: x, clusterRole: edit, scope: namespaces, namespaces: [a], maxDuration: 1h}\n", clusters: "other");
        Assert.DoesNotContain(rights, right => right.Rule.Verbs.Contains("create"));
        Assert.DoesNotContain(rights, right => right.Rule.Verbs.Contains("bind"));
        Assert.Equal(2, rights.Count(right => right.Rule.Verbs.Contains("delete")));
    }

    [Fact]
    public void Of_Offers_NamesExactlyTheirRoles()
    {
        var rights = Read("""
                - {name: a, clusterRole: view, scope: cluster, maxDuration: 1h}
                - {name: b, clusterRole: edit, scope: cluster, maxDuration: 1h}
                - {name: c, role: operator, scope: namespaces, namespaces: [shop, bank], maxDuration: 1h}
                - {name: d, role: helper, scope: namespaces, namespaces: [team-*], maxDuration: 1h}
            """);
        var binds = rights.Where(right => right.Rule.Verbs.Contains("bind")).Select(right => $"{string.Join(",", right.Rule.Resources)} {string.Join(",", right.Rule.ResourceNames)} in {right.Namespace ?? "all"}");
        Assert.Equal(["clusterroles edit,view in all", "roles helper in all", "roles operator in bank", "roles operator in shop"], binds);
        Assert.All(rights, right =>
        {
            Assert.DoesNotContain("escalate", right.Rule.Verbs);
            Assert.DoesNotContain("*", right.Rule.Verbs.Concat(right.Rule.Resources).Concat(right.Rule.ApiGroups));
        });
    }

    /// <summary>What the gateway makes roles of it must hold itself, and only where the offer is.</summary>
    [Fact]
    public void Of_RulesOfItsOwn_HeldWhereTheyAreOffered()
    {
        var rights = Read("    - {name: restarter, scope: namespaces, namespaces: [shop], rules: [{apiGroups: [''], resources: [pods], verbs: [get, delete]}], maxDuration: 1h}\n");
        var held = Assert.Single(rights, right => right.Rule.Resources.Contains("pods"));
        Assert.Equal("shop", held.Namespace);
        Assert.Contains(rights, right => right.Rule.Resources.SequenceEqual(["clusterroles", "roles"]) && right.Rule.Verbs.Contains("create"));
    }

    [Fact]
    public void Of_MachinesAndTheClustersSigner_AreAmongThem()
    {
        var rights = Read("    - {name: a, clusterRole: view, scope: cluster, maxDuration: 1h, approval: automatic}\n", signer: "{kubernetesCsr: {}}", requesters: "{serviceAccounts: [dev/ci/deployer]}");
        Assert.Contains(rights, right => right.Rule.Resources.Contains("tokenreviews"));
        Assert.Contains(rights, right => right.Rule.Resources.Contains("signers") && right.Rule.ResourceNames.Contains("kubernetes.io/kube-apiserver-client"));
        var account = Assert.Single(rights, right => right.Rule.Resources.Contains("serviceaccounts"));
        Assert.Equal(("ci", "deployer"), (account.Namespace, Assert.Single(account.Rule.ResourceNames)));
    }

    /// <summary>ConfigMaps and pods only where the document asks for a look at them, and Secrets never.</summary>
    [Theory]
    [InlineData("{}", false)]
    [InlineData("{workloads: false}", false)]
    [InlineData("{workloads: true}", true)]
    public void Of_Posture_ReadsWorkloadsOnlyWhereAsked(string posture, bool expected)
    {
        var rights = Read("    - {name: a, clusterRole: view, scope: cluster, maxDuration: 1h}\n", signer: $"{{localCa: {{}}}}\n  posture: {posture}");
        Assert.Equal(expected, rights.Any(right => right.Rule.Resources.Contains("configmaps") && right.Rule.Verbs.SequenceEqual(["get", "list"])));
        Assert.DoesNotContain(rights, right => right.Rule.Resources.Contains("secrets"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_Manifest_ReadsBackAsObjectsBoundToTheAccount(bool admission)
    {
        var rights = Read("    - {name: c, role: operator, scope: namespaces, namespaces: [shop], maxDuration: 1h}\n");
        var objects = KubernetesYaml.LoadAllFromString(OwnRightsManifest.Write(rights, "ops", "gateway", "east", admission));
        var binding = Assert.Single(objects.OfType<V1ClusterRoleBinding>());
        Assert.Equal(("east", "east", "gateway", "ops"), (binding.Metadata.Name, binding.RoleRef.Name, binding.Subjects[0].Name, binding.Subjects[0].NamespaceProperty));
        Assert.Equal("shop", Assert.Single(objects.OfType<V1Role>()).Metadata.NamespaceProperty);
        Assert.Equal(rights.Count, objects.OfType<V1ClusterRole>().Single().Rules.Count + objects.OfType<V1Role>().Single().Rules.Count);
        var limits = objects.OfType<V1ValidatingAdmissionPolicy>().ToList();
        Assert.Equal(admission ? 1 : 0, limits.Count);
        if (admission)
        {
            Assert.Equal("request.userInfo.username == 'system:serviceaccount:ops:gateway'", limits[0].Spec.MatchConditions[0].Expression);
            Assert.Equal("east-writes", Assert.Single(objects.OfType<V1ValidatingAdmissionPolicyBinding>()).Spec.PolicyName);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IReadOnlyList<OwnRight> Read(string roles, string clusters = "dev", string signer = "{localCa: {}}", string requesters = "{groups: [platform]}")
    {
        var cluster = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1"), signer).Split("\n---")[0];
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(_folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        File.WriteAllText(Path.Combine(_folder, "documents.yaml"), $"{cluster}\n---\napiVersion: access-gateway/v1\nkind: AccessPolicy\nmetadata: {{name: offers}}\nspec:\n  clusters: {{names: [{clusters}]}}\n  requesters: {requesters}\n  roles:\n{roles}");
        var documents = GatewayDocuments.Load(_folder);
        return OwnRights.Of(documents, documents.Cluster("dev")!);
    }
}
