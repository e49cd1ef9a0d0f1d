namespace AccessGateway.Tests.BlastRadius;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using CsCheck;
using Xunit;

public sealed class AnalysisTests
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private static readonly Surroundings Controller = new([new PowerfulAccount("kube-system", "controller", RiskLevel.Critical)], [new RbacNamespace("kube-system", null), new RbacNamespace("shop", "restricted")]);

    /// <summary>A finding each: its rule, its level for the cluster, and in a namespace (null: none there).</summary>
    [Theory]
    [InlineData("everything", "* *:*", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("secrets-readable", "get secrets", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("secrets-readable", "list secrets", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("secrets-readable", "watch *", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("secrets-readable", "get *:*", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("secrets-readable", "get secrets [tls]", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("secrets-writable", "patch secrets", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("exec", "create pods/exec", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("exec", "get pods/exec", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("exec", "get pods/attach", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("exec", "create */exec", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("exec", "patch pods/ephemeralcontainers", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("exec", "create pods/exec [web-0]", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("port-forward", "create pods/portforward", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("port-forward", "get services/proxy", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("pods-startable", "create pods", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "patch apps:deployments", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "create apps:daemonsets", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "update apps:statefulsets", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "create apps:replicasets", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "create batch:jobs", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "create batch:cronjobs", RiskLevel.High, RiskLevel.High)]
    [InlineData("pods-startable", "create replicationcontrollers", RiskLevel.High, RiskLevel.High)]
    [InlineData("pod-policy", "use policy:podsecuritypolicies", RiskLevel.High, RiskLevel.High)]
    [InlineData("logs", "get pods/log", RiskLevel.Medium, RiskLevel.Low)]
    [InlineData("tokens", "create serviceaccounts/token", RiskLevel.High, RiskLevel.High)]
    [InlineData("impersonate", "impersonate users", RiskLevel.Critical, null)]
    [InlineData("impersonate", "impersonate groups [system:masters]", RiskLevel.Critical, null)]
    [InlineData("impersonate-accounts", "impersonate serviceaccounts", RiskLevel.High, RiskLevel.High)]
    [InlineData("impersonate-constrained", "impersonate:user-info authentication.k8s.io:users", RiskLevel.High, null)]
    [InlineData("escalate", "escalate " + Rbac + ":clusterroles", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("bind", "bind " + Rbac + ":clusterroles [cluster-admin]", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("roles-writable", "create " + Rbac + ":rolebindings", RiskLevel.High, RiskLevel.High)]
    [InlineData("nodes-proxy", "get nodes/proxy", RiskLevel.Critical, null)]
    [InlineData("csr", "update certificates.k8s.io:certificatesigningrequests/approval", RiskLevel.Critical, null)]
    [InlineData("csr", "approve certificates.k8s.io:signers [kubernetes.io/kube-apiserver-client]", RiskLevel.Critical, null)]
    [InlineData("csr", "sign certificates.k8s.io:signers", RiskLevel.Critical, null)]
    [InlineData("webhooks", "create admissionregistration.k8s.io:validatingwebhookconfigurations", RiskLevel.Critical, null)]
    [InlineData("webhooks", "patch admissionregistration.k8s.io:mutatingwebhookconfigurations", RiskLevel.Critical, null)]
    [InlineData("webhooks", "create admissionregistration.k8s.io:mutatingadmissionpolicies", RiskLevel.Critical, null)]
    [InlineData("safeguards", "delete admissionregistration.k8s.io:validatingadmissionpolicies", RiskLevel.High, null)]
    [InlineData("api-services", "create apiregistration.k8s.io:apiservices", RiskLevel.Critical, null)]
    [InlineData("definitions", "delete apiextensions.k8s.io:customresourcedefinitions", RiskLevel.High, null)]
    [InlineData("trust", "create certificates.k8s.io:clustertrustbundles", RiskLevel.High, null)]
    [InlineData("volumes", "create persistentvolumes", RiskLevel.High, null)]
    [InlineData("nodes", "patch nodes/status", RiskLevel.High, null)]
    [InlineData("namespaces-changed", "patch namespaces", RiskLevel.High, RiskLevel.Medium)]
    [InlineData("namespaces-deleted", "delete namespaces", RiskLevel.High, RiskLevel.High)]
    [InlineData("everything-deleted", "deletecollection *:*", RiskLevel.Critical, RiskLevel.High)]
    [InlineData("configmaps-writable", "update configmaps", RiskLevel.High, null)]
    [InlineData("traffic", "update endpoints", RiskLevel.Medium, RiskLevel.Medium)]
    [InlineData("writes", "patch example.com:things", RiskLevel.Medium, RiskLevel.Medium)]
    [InlineData("writes", "conjure example.com:things", RiskLevel.Medium, RiskLevel.Medium)]
    [InlineData("urls", "get /*", RiskLevel.Medium, null)]
    [InlineData("urls", "get /logs/*", RiskLevel.Medium, null)]
    public void Of_OneRule_FindingAtItsLevel(string code, string rule, RiskLevel inCluster, RiskLevel? inNamespace)
    {
        Assert.Equal(inCluster, Find(code, Place.Cluster, rule)?.Risk);
        Assert.Equal(inNamespace, Find(code, Place.In("shop"), rule)?.Risk);
    }

    [Theory]
    [InlineData("get,list,watch pods")]
    [InlineData("get,list,watch apps:deployments,deployments/scale")]
    [InlineData("create authorization.k8s.io:selfsubjectaccessreviews")]
    [InlineData("get /healthz,/version,/metrics")]
    public void Of_HarmlessRule_NoFinding(string rule) => Assert.Empty(Analysis.Of(Rules.Rights(rule), Place.Cluster, Surroundings.Empty));

    /// <summary>The API server knows no <c>pods/*</c>, and <c>pods</c> is not its subresources.</summary>
    [Theory]
    [InlineData("create pods/*")]
    [InlineData("get pods")]
    [InlineData("create apps:pods/exec")]
    public void Of_NotQuiteExec_NoExec(string rule) => Assert.Null(Find("exec", Place.Cluster, rule));

    [Theory]
    [InlineData("create pods", "pods-startable")]
    [InlineData("create apps:deployments", "pods-startable")]
    [InlineData("create pods/exec", "exec")]
    [InlineData("create serviceaccounts/token", "tokens")]
    [InlineData("create serviceaccounts/token [controller]", "tokens")]
    [InlineData("impersonate serviceaccounts", "impersonate-accounts")]
    [InlineData("get secrets", "secrets-readable")]
    public void Of_WhereAPowerfulAccountLives_AsBadAsTheAccountAndNamesIt(string rule, string code)
    {
        foreach (var place in new[] { Place.Cluster, Place.In("kube-system"), Place.In("shop", "kube-system") })
        {
            var finding = Find(code, place, Controller, rule)!;
            Assert.Equal(RiskLevel.Critical, finding.Risk);
            Assert.Contains("kube-system/controller (critical)", finding.Words, StringComparison.Ordinal);
        }

        Assert.Equal(RiskLevel.High, Find("pods-startable", Place.In("shop"), Controller, "create pods")!.Risk);
    }

    [Fact]
    public void Of_TokenOfAnotherAccountByName_LeadsNowhere() =>
        Assert.DoesNotContain("controller", Find("tokens", Place.Cluster, Controller, "create serviceaccounts/token [builder]")!.Words, StringComparison.Ordinal);

    [Fact]
    public void Of_PodsWithoutPodSecurity_SaysSo()
    {
        Assert.Contains("taking its node in kube-system", Find("pods-startable", Place.In("kube-system", "shop"), Controller, "create pods")!.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("node", Find("pods-startable", Place.In("shop"), Controller, "create pods")!.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Words_SayWhatWhereAndWhichNames() =>
        Assert.StartsWith("Can read Secrets (only db, tls) in the namespaces a, b: passwords", Find("secrets-readable", Place.In("a", "b"), "get secrets [tls,db]")!.Words, StringComparison.Ordinal);

    [Fact]
    public void Of_RoleOrSurroundingsUnknown_RiskUnknownAboveCritical()
    {
        var role = new ResolvedRole("view", [Rules.Of("get pods")], "digest", []);
        Assert.Equal(RiskLevel.Unknown, BlastRadius.Of(null, Surroundings.Empty, Place.Cluster, default).Risk);
        Assert.Equal(RiskLevel.Unknown, BlastRadius.Of(role, null, Place.Cluster, default).Risk);
        Assert.Equal(RiskLevel.Low, BlastRadius.Of(role, Surroundings.Empty, Place.Cluster, default).Risk);
        Assert.True(RiskLevel.Unknown > RiskLevel.Critical);
    }

    /// <summary>A further rule never lowers the risk; fewer rights, named objects or a narrower place never raise it.</summary>
    [Fact]
    public void Of_MoreOrLess_NeverTheOtherWay() => Gen.Select(Some.List[0, 5], Some, Gen.Int[0, 3], Gen.Bool).Sample((rules, further, place, surrounded) =>
    {
        var around = surrounded ? Controller : Surroundings.Empty;
        Place[] places = [Place.In("shop"), Place.In("shop", "kube-system"), Place.In("shop", "kube-system", "web"), Place.Cluster];
        var risk = Risk(rules, places[place]);
        Assert.True(Risk([.. rules, further], places[place]) >= risk);
        for (var narrower = 0; narrower < place; narrower++)
            Assert.True(Risk(rules, places[narrower]) <= risk);
        foreach (var index in Enumerable.Range(0, rules.Count))
        {
            var rule = rules[index];
            foreach (var less in new[] { rule with { ResourceNames = rule.ResourceNames.Count == 0 ? ["one"] : rule.ResourceNames }, rule with { Verbs = [.. rule.Verbs.Skip(1)] }, rule with { Resources = [.. rule.Resources.Skip(1)] } })
                Assert.True(Risk([.. rules.Where((_, other) => other != index), less], places[place]) <= risk);
        }

        RiskLevel Risk(IReadOnlyList<RbacRule> with, Place at) => Analysis.Worst(Analysis.Of(new Rights(with), at, around));
    });

    private static Gen<RbacRule> Some => Gen.Select(
        Rules.Any("", "*", "apps", "batch", Rbac, "certificates.k8s.io", "admissionregistration.k8s.io", "authentication.k8s.io"),
        Rules.Any("*", "secrets", "pods", "pods/exec", "*/exec", "deployments", "nodes/proxy", "clusterroles", "serviceaccounts", "serviceaccounts/token", "configmaps", "namespaces", "users", "signers", "jobs", "mutatingwebhookconfigurations").List[1, 3],
        Rules.Any("*", "get", "list", "create", "patch", "delete", "bind", "escalate", "impersonate", "approve").List[1, 3],
        Rules.Any("controller", "other").List[0, 1],
        (group, resources, verbs, names) => new RbacRule([group], resources, names, verbs, []));

    private static Finding? Find(string code, Place place, params string[] rules) => Find(code, place, Surroundings.Empty, rules);

    private static Finding? Find(string code, Place place, Surroundings surroundings, params string[] rules) =>
        Analysis.Of(Rules.Rights(rules), place, surroundings).SingleOrDefault(finding => finding.Code == code);
}
