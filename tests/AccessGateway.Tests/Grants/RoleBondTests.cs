namespace AccessGateway.Tests.Grants;

using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class RoleBondTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_RoleChangedSinceApproval_ReturnedAndEarlierReviewsDoNotCount(DatabaseKind kind)
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml(), configure: role.Replace);
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"));
        var request = await gateway.SubmitAsync(alice, "admin");
        TestGateway.Value(await gateway.ReviewAsync(bob, request.Id));
        role.Digest = "second";
        Assert.Equal(ProblemCodes.ReturnedToReviewers, TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, request.Id, "x")).Code);
        var returned = TestGateway.Value(await gateway.FindAsync(bob, request.Id));
        Assert.Equal((AccessRequestState.Pending, 1, "second"), (returned.State, returned.Round, returned.Clusters.Single().RulesDigest));
        Assert.NotEqual(request.Digest(), returned.Digest());
        Assert.False(Assert.Single(returned.ToView(bob.Caller, gateway.Clock.GetUtcNow()).Reviews).Counts);
        // What was shown before is not what is asked now; the same reviewer may and must look again.
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.TryReviewAsync(bob, request.Id, "x", digest: request.Digest())));
        Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(bob, request.Id)).State);
        Assert.Equal("second", (await gateway.ActivateAsync(alice, request.Id)).RulesDigest);
        Assert.Contains("access_request.returned", await gateway.EventsOfAsync(request.Id));
    }

    [Fact]
    public async Task Activate_ClusterDoesNotSayWhatTheRoleAllows_Unavailable()
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml(), configure: role.Replace);
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"));
        var request = await gateway.SubmitAsync(alice, "admin");
        TestGateway.Value(await gateway.ReviewAsync(bob, request.Id));
        role.Digest = null;
        Assert.IsType<Refusal.Unavailable>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, request.Id, "x")));
        role.Digest = "first";
        Assert.NotNull(await gateway.ActivateAsync(alice, request.Id));
    }

    [Fact]
    public async Task Activate_AutomaticRoleChanged_NotBound()
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml(), configure: role.Replace);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice);
        role.Digest = "second";
        Assert.NotNull(await gateway.ActivateAsync(alice, request.Id));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Drift_RoleChangesDuringAGrant_ReportedOnceEach(DatabaseKind kind)
    {
        var role = new TestRoleRules();
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml(), configure: role.Replace);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        await LookAsync(gateway);
        Assert.DoesNotContain("grant.role_changed", await gateway.EventsOfAsync(grant.AccessRequestId));
        foreach (var digest in new[] { "second", null, "second", "third" })
        {
            role.Digest = digest;
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => LookAsync(gateway))));
        }

        Assert.Equal(2, (await gateway.EventsOfAsync(grant.AccessRequestId)).Count(type => type == "grant.role_changed"));
    }

    private static Task<int> LookAsync(TestGateway gateway) => gateway.InScopeAsync(async services =>
    {
        var active = await services.GetRequiredService<BindingLedger>().ActiveAsync(TestGateway.Cluster, default);
        var drift = services.GetRequiredService<RoleDrift>();
        await drift.NoteAsync(await drift.LookAsync(TestGateway.Cluster, active, default), default);
        return 0;
    });
}
