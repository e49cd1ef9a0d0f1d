namespace AccessGateway.Tests.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Posture;
using Xunit;
using Rules = AccessGateway.Tests.BlastRadius.Rules;

public sealed class StandingAccessTests
{
    private const string Everything = "* *:*";

    private static readonly RbacRole[] Roles =
    [
        Role("cluster-admin", Everything), Role("view", "get,list pods"), Role("edit", "create pods"), Role("secrets", "get secrets"), Role("secret-tls", "get secrets [tls]"),
        Role("scales", "update apps:*/scale"), Role("logs", "get /logs/*"), Role("system:basic-user", "create authorization.k8s.io:selfsubjectaccessreviews"),
        Role("system:node", "get secrets"), Role("escalates", "escalate rbac.authorization.k8s.io:clusterroles"), Role("binds", "bind rbac.authorization.k8s.io:clusterroles"), Role("impersonates", "impersonate users"),
        new("operators", null, "1", ["to-operators=true"], []), Role("part", "get secrets") with { Labels = new Dictionary<string, string> { ["to-operators"] = "true", ["to-part"] = "true" } },
        new("managers", null, "1", ["to-managers in (true,yes)"], []), new("middle", null, "1", ["to-part"], []) { Labels = new Dictionary<string, string> { ["to-managers"] = "yes" } },
        Role("local", "get secrets") with { Namespace = "shop" },
    ];

    [Theory]
    [InlineData("cluster-admin", RiskLevel.Critical, "everything")]
    [InlineData("secrets", RiskLevel.Critical, "secrets-readable")]
    [InlineData("secret-tls", RiskLevel.High, "secrets-readable")]
    [InlineData("escalates", RiskLevel.Critical, "escalate")]
    [InlineData("binds", RiskLevel.Critical, "bind")]
    [InlineData("impersonates", RiskLevel.Critical, "impersonate")]
    [InlineData("scales", RiskLevel.Medium, "writes")]
    [InlineData("logs", RiskLevel.Medium, "urls")]
    [InlineData("operators", RiskLevel.Critical, "secrets-readable")]
    [InlineData("managers", RiskLevel.Critical, "secrets-readable")]
    [InlineData("view", RiskLevel.Low, null)]
    public void Of_BoundForTheCluster_ItsRiskAndDangers(string role, RiskLevel risk, string? danger)
    {
        var held = Single(new RbacBinding(null, null, role, [Group("platform")]));
        Assert.Equal(risk, held.Risk);
        Assert.Equal(danger is not null, held.Findings.Any(finding => finding.Code == danger));
        Assert.Equal((RoleScope.Cluster, StandingOrigin.People), (held.Scope, held.Origin));
    }

    [Fact]
    public void Of_SeveralNamespaces_OneLineWithAllOfThem()
    {
        var held = Single(new RbacBinding("shop", null, "secrets", [User("alice")]) { Name = "a" }, new("bank", null, "secrets", [User("alice")]) { Name = "b" });
        Assert.Equal(["bank", "shop"], held.Namespaces);
        Assert.Equal(["a", "b"], held.Bindings.Select(binding => binding.Name));
        Assert.Equal((RiskLevel.High, RoleScope.Namespaces), (held.Risk, held.Scope));
    }

    /// <summary>For a URL, which belongs to no namespace, a RoleBinding gives nothing.</summary>
    [Fact]
    public void Of_UrlsInANamespace_Nothing() => Assert.Equal(RiskLevel.Low, Single(new RbacBinding("shop", null, "logs", [User("alice")])).Risk);

    [Fact]
    public void Of_RoleOfTheNamespace_IsTheOneMeant()
    {
        var held = Single(new RbacBinding("shop", "shop", "local", [User("alice")]));
        Assert.Equal(("local", "shop", RiskLevel.High), (held.Role, held.RoleNamespace, held.Risk));
        Assert.Equal(RiskLevel.Low, Single(new RbacBinding("bank", "bank", "local", [User("alice")])).Risk);
    }

    [Fact]
    public void Of_RoleThatIsNot_SaysSo() => Assert.Contains("does not exist", Single(new RbacBinding(null, null, "gone", [User("alice")])).Note, StringComparison.Ordinal);

    /// <summary>Whose it is, and whether they could ask for it instead.</summary>
    [Theory]
    [InlineData("User", null, "alice", "cluster-admin", false, StandingOrigin.People, JustInTimeFit.Policy)]
    [InlineData("User", null, "alice", "view", false, StandingOrigin.People, JustInTimeFit.None)]
    [InlineData("User", null, "eve", "cluster-admin", true, StandingOrigin.People, JustInTimeFit.Policy)]
    [InlineData("User", null, "eve", "system:basic-user", true, StandingOrigin.People, JustInTimeFit.None)]
    [InlineData("Group", null, "system:masters", "cluster-admin", true, StandingOrigin.People, JustInTimeFit.None)]
    [InlineData("Group", null, "system:authenticated", "system:basic-user", true, StandingOrigin.System, JustInTimeFit.None)]
    [InlineData("Group", null, "system:authenticated", "cluster-admin", true, StandingOrigin.Everybody, JustInTimeFit.None)]
    [InlineData("Group", null, "system:unauthenticated", "view", false, StandingOrigin.Everybody, JustInTimeFit.None)]
    [InlineData("User", null, "system:anonymous", "secrets", false, StandingOrigin.Everybody, JustInTimeFit.None)]
    [InlineData("Group", null, "system:serviceaccounts", "edit", false, StandingOrigin.Workload, JustInTimeFit.None)]
    [InlineData("User", null, "system:kube-controller-manager", "secrets", true, StandingOrigin.System, JustInTimeFit.None)]
    [InlineData("User", null, "system:made-up", "cluster-admin", false, StandingOrigin.People, JustInTimeFit.None)]
    [InlineData("ServiceAccount", "kube-system", "node-controller", "secrets", true, StandingOrigin.System, JustInTimeFit.None)]
    [InlineData("ServiceAccount", "kube-system", "tiller", "cluster-admin", false, StandingOrigin.Workload, JustInTimeFit.None)]
    [InlineData("ServiceAccount", "argocd", "controller", "cluster-admin", false, StandingOrigin.Workload, JustInTimeFit.None)]
    [InlineData("ServiceAccount", "shop", "ci-deployer", "edit", false, StandingOrigin.Workload, JustInTimeFit.MachinePolicy)]
    [InlineData("User", null, "system:serviceaccount:ci:runner", "edit", false, StandingOrigin.Workload, JustInTimeFit.MachinePolicy)]
    [InlineData("Group", null, "jit:gr-1", "cluster-admin", false, StandingOrigin.People, JustInTimeFit.None)]
    public void Of_Subject_WhoseItIsAndWhetherItFits(string kind, string? place, string name, string role, bool bootstrapping, StandingOrigin origin, JustInTimeFit fit)
    {
        var report = Of(new RbacBinding(null, null, role, [new(kind, place, name)]) { Name = "b", Bootstrapping = bootstrapping });
        var held = Assert.Single(report.All, one => one.Bindings.Count > 0);
        Assert.Equal((origin, fit), (held.Origin, held.JustInTime));
    }

    [Fact]
    public void Of_MastersBoundOrNot_AlwaysThereWithTheWarning()
    {
        foreach (var report in new[] { Of(), Of(new RbacBinding(null, null, "cluster-admin", [Group("system:masters")]) { Bootstrapping = true }) })
        {
            var masters = Assert.Single(report.All, held => held.Subject.Name == "system:masters");
            Assert.Equal(RiskLevel.Critical, masters.Risk);
            Assert.Contains("cannot be revoked", masters.Note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("jit-gr-1", "jit:gr-1", "access-gateway", false)]
    [InlineData("jit-gr-1", "jit:gr-2", "access-gateway", true)]
    [InlineData("admins", "platform", "access-gateway", true)]
    [InlineData("jit-gr-1", "jit:gr-1", "another", true)]
    [InlineData("jit-gr-1", "jit:gr-1", null, true)]
    public void Of_BindingOfAGrant_LeftOutOnlyWhereItIsOurs(string name, string group, string? gateway, bool shown)
    {
        var report = Of(new RbacBinding(null, null, "cluster-admin", [Group(group)]) { Name = name, Gateway = gateway });
        Assert.Equal(shown, report.All.Any(held => held.Subject.Name == group));
        Assert.Equal(shown ? 0 : 1, report.GrantBindings);
    }

    [Fact]
    public void Of_Mixed_WorstFirstSystemLast()
    {
        var report = Of(
            new(null, null, "view", [User("low")]), new(null, null, "secrets", [new("User", null, "system:controller")]) { Bootstrapping = true },
            new(null, null, "edit", [User("high")]), new(null, null, "cluster-admin", [Group("system:masters")]));
        Assert.Equal(["system:masters", "high", "low", "system:controller"], report.All.Select(held => held.Subject.Name));
    }

    /// <summary>A namespace where a ServiceAccount with cluster-admin runs is not like others.</summary>
    [Fact]
    public void Of_PodsBesideAPowerfulAccount_LeadsThere()
    {
        var admin = new RbacBinding(null, null, "cluster-admin", [new("ServiceAccount", "argocd", "controller")]);
        Assert.Equal(RiskLevel.Critical, Single("alice", admin, new("argocd", null, "edit", [User("alice")])).Risk);
        Assert.Equal(RiskLevel.High, Single("alice", admin, new("shop", null, "edit", [User("alice")])).Risk);
    }

    internal static StandingReport Of(params RbacBinding[] bindings) => StandingReport.Of(new RbacState(Roles, bindings, [new RbacNamespace("shop", "restricted")]), "access-gateway");

    internal static RbacSubject Group(string name) => new("Group", null, name);

    internal static RbacSubject User(string name) => new("User", null, name);

    private static RbacRole Role(string name, params string[] rules) => new(name, null, "1", [], [.. rules.Select(Rules.Of)]);

    /// <summary>Another gateway cannot be told from somebody who uses its names: it is said, and hides nothing.</summary>
    [Theory]
    [InlineData("other", "other", "other", true)]
    [InlineData("other", "other", null, false)]
    [InlineData("backdoor", "other", "other", false)]
    [InlineData("other", "binds", "other", false)]
    public void Of_AccountNamedAsAnotherGateways_SaidAndCounted(string binding, string role, string? label, bool told)
    {
        RbacBinding[] bindings =
        [
            new(null, null, role, [new RbacSubject("ServiceAccount", "access-gateway", "other")]) { Name = binding },
            new(null, null, "view", [Group("jit:gr-1")]) { Name = "jit-gr-1", Gateway = label },
        ];
        var state = new RbacState([.. Roles, Role("other", "bind rbac.authorization.k8s.io:clusterroles")], bindings, []);
        var held = Assert.Single(StandingReport.Of(state, "access-gateway").All, held => held.Subject.Name == "other");
        Assert.Equal((RiskLevel.Critical, false, StandingOrigin.Workload), (held.Risk, held.IsOwn, held.Origin));
        Assert.Equal(told, held.Note?.Contains("a gateway 'other'", StringComparison.Ordinal) == true);
    }

    private static StandingAccess Single(params RbacBinding[] bindings) => Assert.Single(Of(bindings).All, held => held.Subject.Name != "system:masters");

    private static StandingAccess Single(string subject, params RbacBinding[] bindings) => Assert.Single(Of(bindings).All, held => held.Subject.Name == subject);
}
