namespace AccessGateway.Tests.Notifications;

using AccessGateway.Notifications;
using AccessGateway.Testing;
using Xunit;

/// <summary>
/// kill -9 of a gateway between an event and its delivery, in a process of its own: at least once, and always under one id.
/// </summary>
public sealed class KilledSenderTests
{
    public static TheoryData<string, string, int> Steps
    {
        get
        {
            var steps = new TheoryData<string, string, int>();
            foreach (var kind in new Databases().Select(row => row.Data.ToString()))
            {
                steps.Add(kind, "notification.collected", 1);
                steps.Add(kind, "notification.claimed", 1);
                steps.Add(kind, "notification.sent", 2);
            }

            return steps;
        }
    }

    /// <param name="failpoint">Where the gateway kills itself: with the row written, with it claimed, with it sent and not settled.</param>
    /// <param name="times">How often the receiver has had the message in the end.</param>
    [Theory]
    [MemberData(nameof(Steps))]
    internal async Task Kill_BetweenRowAndDelivery_ToldAfterTheRestartUnderTheSameId(string kind, string failpoint, int times)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var database = await TestDatabase.CreateAsync(Enum.Parse<DatabaseKind>(kind));
        await using var gateway = await TestGateway.CreateAsync(database: database, documents: NotifierDocuments.With(("hook", NotifierDocuments.Webhook(receiver.Address, NotifierDocuments.SecretFile()))));
        await gateway.RunNotifiersAsync();
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");

        var killed = await ServerProgram.RunAsync(
            gateway.Data, database.Options, new Dictionary<string, string> { ["ACCESSGATEWAY_FAILPOINT"] = failpoint }, "serve", "--public-url", "https://localhost", "--urls", "https://127.0.0.1:0");
        Assert.Equal(137, killed.ExitCode);
        var row = Assert.Single(await WebhookTests.RowsAsync(gateway));
        Assert.Equal(NotificationState.Pending, row.State);
        Assert.Equal(times - 1, receiver.All.Count);

        // The next gateway waits until the dead one's claim has run out.
        gateway.Clock.Advance(Outbox.ClaimTime + TimeSpan.FromMinutes(5));
        await gateway.RunNotifiersAsync();
        await gateway.RunNotifiersAsync();
        Assert.Equal(times, receiver.All.Count);
        Assert.All(receiver.All, one => Assert.Equal(row.Id, one.Headers["webhook-id"]));
        Assert.Single(receiver.All.Select(one => one.Text).Distinct());
        Assert.Equal(NotificationState.Delivered, Assert.Single(await WebhookTests.RowsAsync(gateway)).State);
    }
}
