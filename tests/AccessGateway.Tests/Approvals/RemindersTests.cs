namespace AccessGateway.Tests.Approvals;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Xunit;

public sealed class RemindersTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_EscalationGroup_OnlyAfterTheDelay(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, WorkflowDocuments.Yaml());
        var (alice, bob, lena) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"), await gateway.AddUserAsync("lena", "leads"));
        var request = await gateway.SubmitAsync(alice, "escalating");
        TestGateway.Value(await gateway.ReviewAsync(bob, request.Id));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.TryReviewAsync(lena, request.Id, proof: null)));
        gateway.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(AccessRequestState.Approved, TestGateway.Value(await gateway.ReviewAsync(lena, request.Id)).State);
    }

    /// <summary>From what is stored, once for each time, whichever of several passes (or replicas) comes first; also after a long stop.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ManyPassesAtOnce_EachReminderAndEscalationOnce(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-reminders-").FullName;
        await using var one = await TestGateway.CreateAsync(database: database, data: data, documents: WorkflowDocuments.Yaml());
        await using var two = await TestGateway.CreateAsync(database: database, data: data, documents: WorkflowDocuments.Yaml(), clock: one.Clock);
        var (alice, bob) = (await one.AddUserAsync("alice", "platform"), await one.AddUserAsync("bob", "sre"));
        var request = await one.SubmitAsync(alice, "escalating");
        TestGateway.Value(await one.ReviewAsync(bob, request.Id));
        one.Clock.Advance(TimeSpan.FromMinutes(10));
        await PassAsync(one, two);
        Assert.Equal((1, 0), await CountAsync(one, request.Id));
        one.Clock.Advance(TimeSpan.FromMinutes(5));
        await PassAsync(one, two);
        Assert.Equal((1, 1), await CountAsync(one, request.Id));
        // Stopped for an hour: the missed ones come as one.
        one.Clock.Advance(TimeSpan.FromHours(1));
        await PassAsync(one, two);
        await PassAsync(one, two);
        Assert.Equal((2, 1), await CountAsync(one, request.Id));
        var reminder = (await one.AuditAsync()).Last(row => row.Type == "access_request.reminded");
        Assert.Equal(("group sre; group leads", "bob"), (reminder.Details["reviewers"], reminder.Details["reviewed"]));
    }

    [Fact]
    public async Task Run_Decided_NoReminder()
    {
        await using var gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        var (alice, bob) = (await gateway.AddUserAsync("alice", "platform"), await gateway.AddUserAsync("bob", "sre"));
        var request = await gateway.SubmitAsync(alice, "escalating");
        TestGateway.Value(await gateway.ReviewAsync(bob, request.Id, ReviewVerdict.Deny));
        gateway.Clock.Advance(TimeSpan.FromHours(1));
        await gateway.PassAsync();
        Assert.Equal((0, 0), await CountAsync(gateway, request.Id));
    }

    private static Task PassAsync(TestGateway one, TestGateway two) => Task.WhenAll(
        Task.Run(one.PassAsync), Task.Run(two.PassAsync), Task.Run(one.PassAsync), Task.Run(two.PassAsync));

    private static async Task<(int Reminded, int Escalated)> CountAsync(TestGateway gateway, string id)
    {
        var events = await gateway.EventsOfAsync(id);
        return (events.Count(type => type == "access_request.reminded"), events.Count(type => type == "access_request.escalated"));
    }
}
