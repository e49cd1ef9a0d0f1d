namespace AccessGateway.Tests.BlastRadius;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using Xunit;

public sealed class PowerfulAccountsTests
{
    [Theory]
    [InlineData("ServiceAccount", "ops", "robot", "ops/robot (critical)")]
    [InlineData("User", null, "system:serviceaccount:ops:robot", "ops/robot (critical)")]
    [InlineData("Group", null, "system:serviceaccounts:ops", "ops/every ServiceAccount (critical)")]
    [InlineData("Group", null, "system:serviceaccounts", "every namespace/every ServiceAccount (critical)")]
    [InlineData("Group", null, "system:authenticated", "every namespace/every ServiceAccount (critical)")]
    public void Of_BoundForTheCluster_IsFound(string kind, string? place, string name, string expected) =>
        Assert.Equal([expected], Of(new RbacBinding(null, null, "all", [new RbacSubject(kind, place, name)])));

    [Theory]
    [InlineData("User", "alice")]
    [InlineData("Group", "jit:gr-1")]
    [InlineData("Group", "system:masters")]
    public void Of_PeopleAndGrants_AreNoAccounts(string kind, string name) => Assert.Empty(Of(new RbacBinding(null, null, "all", [new RbacSubject(kind, null, name)])));

    [Fact]
    public void Of_OwnNamespaceOnly_IsNotBeyondIt() => Assert.Empty(Of(new RbacBinding("ops", null, "all", [new RbacSubject("ServiceAccount", "ops", "robot")])));

    [Fact]
    public void Of_AnotherNamespace_IsFound() => Assert.Equal(["ops/robot (high)"], Of(new RbacBinding("shop", null, "all", [new RbacSubject("ServiceAccount", "ops", "robot")])));

    [Fact]
    public void Of_RoleOfTheNamespaceWithTheSameName_IsTheOneMeant() =>
        Assert.Empty(Of(new RbacBinding("shop", "shop", "all", [new RbacSubject("ServiceAccount", "ops", "robot")])));

    [Theory]
    [InlineData("reads")]
    [InlineData("gone")]
    public void Of_HarmlessOrMissingRole_IsNotFound(string role) => Assert.Empty(Of(new RbacBinding(null, null, role, [new RbacSubject("ServiceAccount", "ops", "robot")])));

    private static IEnumerable<string> Of(params RbacBinding[] bindings) => PowerfulAccounts.Of(new RbacState(
        [new RbacRole("all", null, "1", [], [Rules.Of("* *:*")]), new RbacRole("reads", null, "2", [], [Rules.Of("get pods")]), new RbacRole("all", "shop", "3", [], [Rules.Of("get pods")])],
        bindings, [])).Select(account => account.ToString());
}
