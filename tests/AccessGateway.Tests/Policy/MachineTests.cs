namespace AccessGateway.Tests.Policy;

using AccessGateway.Policy;
using Xunit;

/// <summary>Machines match what names them, people what names people, and neither the other.</summary>
public sealed class MachineTests
{
    private static readonly PersonFacts Deployer = Machine(MachineKind.ServiceAccount, "dev/ci/deployer");

    [Theory]
    [InlineData("dev/ci/deployer", true)]
    [InlineData("dev/ci/other", false)]
    [InlineData("prod/ci/deployer", false)]
    [InlineData("dev/prod/deployer", false)]
    [InlineData("*/ci/deployer", false)]
    [InlineData("dev/ci/*", false)]
    [InlineData("sa:dev:ci:deployer", false)]
    public void Include_ServiceAccount_ExactNamesAlone(string named, bool expected) =>
        Assert.Equal(expected, new People([], []) { Machines = new MachineNames([named], []) }.Include(Deployer));

    [Fact]
    public void Include_ServiceAccountAndClientOfOneName_AreTwo()
    {
        var clients = new People([], []) { Machines = new MachineNames([], ["deployer"]) };
        Assert.True(clients.Include(Machine(MachineKind.Client, "deployer")));
        Assert.False(clients.Include(Machine(MachineKind.ServiceAccount, "deployer")));
    }

    [Fact]
    public void Include_MachineWhereItsNameOrGroupIsNamed_Never()
    {
        var people = new People(["platform", "administrators"], ["dev/ci/deployer", Deployer.Name]);
        Assert.False(people.Include(Deployer));
        Assert.False(people.Include(Deployer with { Groups = ["platform"] }));
    }

    [Fact]
    public void Include_PersonWhereMachinesAreNamed_Never() =>
        Assert.False(new People([], []) { Machines = new MachineNames(["alice"], ["alice"]) }.Include(new PersonFacts("alice", [])));

    private static PersonFacts Machine(MachineKind kind, string id) => new("sa:dev:ci:deployer", []) { Machine = new MachineFacts(kind, id, TimeSpan.FromHours(1)) };
}
