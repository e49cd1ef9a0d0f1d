namespace AccessGateway.Tests.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Posture;
using Xunit;
using Rules = AccessGateway.Tests.BlastRadius.Rules;

/// <summary>The gateway itself in its own report: what it needs is told apart, what it holds beyond that is said.</summary>
public sealed class OwnAccessTests
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Name = "system:serviceaccount:ag:gateway";

    private static readonly RbacSubject Account = new("ServiceAccount", "ag", "gateway");
    private static readonly RbacSubject Other = new("ServiceAccount", "ag", "other");

    private static readonly OwnAccess Own = new(new OwnIdentity(Name, ["system:serviceaccounts", "system:serviceaccounts:ag"]),
    [
        Right(null, Rbac, "clusterroles", "get,bind", "cluster-admin"), Right(null, "", "namespaces", "get,list,watch"), Right("shop", "", "pods", "get"),
    ]);

    [Theory]
    [InlineData("bind rbac.authorization.k8s.io:clusterroles [cluster-admin]", null)]
    [InlineData("get,list namespaces", null)]
    [InlineData("create authorization.k8s.io:selfsubjectaccessreviews", null)]
    [InlineData("bind rbac.authorization.k8s.io:clusterroles", "bind clusterroles.rbac.authorization.k8s.io")]
    [InlineData("get secrets", "get secrets")]
    [InlineData("get pods", "get pods")]
    [InlineData("* *:*", "* *.*")]
    public void Of_BoundForTheCluster_OwnOrWhatIsInExcess(string rule, string? excess)
    {
        var held = Single(Of(Own, [Role("own", rule)], new RbacBinding(null, null, "own", [Account])));
        Assert.Equal((excess is null, JustInTimeFit.None), (held.IsOwn, held.JustInTime));
        Assert.Equal(excess is null ? OwnAccess.Note : $"This gateway's own account, with more than `config rbac` gives: {excess}.", held.Note);
    }

    [Theory]
    [InlineData("shop", true)]
    [InlineData("bank", false)]
    public void Of_BoundInANamespace_OwnWhereItIsNeeded(string place, bool own)
    {
        var held = Single(Of(Own, [Role("pods", "get pods")], new RbacBinding(place, null, "pods", [Account])));
        Assert.Equal(own, held.IsOwn);
        Assert.Equal(!own, held.Note!.EndsWith(": get pods in namespace bank.", StringComparison.Ordinal));
    }

    /// <summary>The same role, by another's name, by a group that the gateway is in, and where it is not known who the gateway is.</summary>
    [Fact]
    public void Of_NotByItself_AsEverybodyElse()
    {
        RbacRole[] roles = [Role("own", "bind rbac.authorization.k8s.io:clusterroles [cluster-admin]")];
        foreach (var (own, subject) in new[] { (Own, Other), (Own, new RbacSubject("Group", null, "system:serviceaccounts:ag")), (null, Account), (new OwnAccess(new OwnIdentity(null, []), Own.Rights), Account) })
        {
            var held = Single(Of(own, roles, new RbacBinding(null, null, "own", [subject])));
            Assert.False(held.IsOwn);
            Assert.DoesNotContain("gateway's own", held.Note ?? "", StringComparison.Ordinal);
        }
    }

    /// <summary>A user by certificate, written as a user; no draft tells it to ask itself.</summary>
    [Fact]
    public void Of_AUser_ItselfToo()
    {
        var own = Own with { Self = new OwnIdentity("gateway", []) };
        var held = Single(Of(own, [Role("own", "get secrets")], new RbacBinding(null, null, "own", [new("User", null, "gateway")])));
        Assert.Equal((false, JustInTimeFit.None), (held.IsOwn, held.JustInTime));
        Assert.Contains("more than `config rbac` gives: get secrets", held.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_RoleThatIsNotThere_SaysThat() =>
        Assert.Contains("does not exist", Single(Of(Own, [], new RbacBinding(null, null, "own", [Account]))).Note, StringComparison.Ordinal);

    /// <summary>Listed, though behind whatever somebody should look at.</summary>
    [Fact]
    public void Of_Own_BehindOthers()
    {
        var report = Of(Own, [Role("own", "bind rbac.authorization.k8s.io:clusterroles [cluster-admin]"), Role("view", "get pods")],
            new(null, null, "own", [Account]), new(null, null, "view", [Other]));
        Assert.Equal(["system:masters", "other", "gateway"], report.All.Select(held => held.Subject.Name));
    }

    private static StandingReport Of(OwnAccess? own, RbacRole[] roles, params RbacBinding[] bindings) =>
        StandingReport.Of(new RbacState(roles, bindings, [new RbacNamespace("shop", "restricted"), new RbacNamespace("bank", "restricted")]), "access-gateway", own);

    private static StandingAccess Single(StandingReport report) => Assert.Single(report.All, held => held.Subject.Name != "system:masters");

    private static RbacRole Role(string name, params string[] rules) => new(name, null, "1", [], [.. rules.Select(Rules.Of)]);

    private static OwnRight Right(string? place, string group, string resource, string verbs, params string[] names) => new(new RoleRule([group], [resource], names, verbs.Split(','), []), place, "a test");
}
