namespace AccessGateway.Tests.Notifications;

using System.Net;
using AccessGateway.Notifications;
using AccessGateway.Outbound;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static AccessGateway.Tests.Notifications.WebhookTests;

/// <summary>Receivers that are down, slow, endless, or that lead somewhere else.</summary>
public sealed class WebhookTroubleTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ReceiverDownForHours_ToldAfterwardsInOrder(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(kind, receiver.Address);
        receiver.Answer = context => AnswerAsync(context, 503);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await RunForAsync(gateway, TimeSpan.FromHours(10));
        Assert.InRange(receiver.All.Count, 8, 25);
        Assert.Single(receiver.All.Select(one => one.Headers["webhook-id"]).Distinct());

        receiver.Answer = context => AnswerAsync(context, 204);
        await RunForAsync(gateway, TimeSpan.FromHours(2));
        Assert.Equal(["access-gateway.access_request.submitted", "access-gateway.access_request.approved", "access-gateway.grant.activated"], receiver.All.TakeLast(3).Select(one => EventOf(one).Type));
        Assert.All(await RowsAsync(gateway), row => Assert.Equal(NotificationState.Delivered, row.State));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ReceiverDownForMoreThanADay_GivenUpAuditedAndPruned(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(kind, new Uri("http://127.0.0.1:1"));
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await RunForAsync(gateway, TimeSpan.FromHours(25));
        Assert.Equal(3, (await RowsAsync(gateway)).Count(row => row.State == NotificationState.GivenUp));
        var told = (await gateway.AuditAsync()).Where(row => row.Type == "notification.given_up").ToList();
        Assert.Equal(3, told.Count);
        Assert.All(told, row => Assert.Equal(("hook", "Could not connect: ConnectionRefused."), (row.Details["notifier"], row.Details["error"])));
        Assert.Contains(told, row => row.AccessRequestId == grant.AccessRequestId);

        gateway.Clock.Advance(Outbox.Kept + TimeSpan.FromHours(1));
        await gateway.WithAsync<Outbox, int>(async outbox =>
        {
            await outbox.PruneAsync(["hook"], default);
            return 0;
        });
        Assert.Empty(await RowsAsync(gateway));
    }

    /// <summary>The gateway was off longer than it would have tried: what is too old is not sent, and that is said.</summary>
    [Fact]
    internal async Task Collect_EventsOlderThanADay_GivenUpTogether()
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address);
        await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        gateway.Clock.Advance(TimeSpan.FromDays(2));
        await gateway.RunNotifiersAsync();
        Assert.Empty(receiver.All);
        Assert.Equal("3", Assert.Single(await gateway.AuditAsync(), row => row.Type == "notification.given_up").Details["events"]);
    }

    [Fact]
    internal async Task Run_ReceiverNeverAnswers_GivesUpWaitingAndOthersAreTold()
    {
        await using var slow = await TestReceiver.StartAsync();
        await using var quick = await TestReceiver.StartAsync();
        slow.Answer = context =>
        {
            var aborted = new TaskCompletionSource();
            context.RequestAborted.Register(aborted.SetResult);
            return aborted.Task;
        };
        var documents = NotifierDocuments.With(("dead", NotifierDocuments.Webhook(slow.Address, SecretFile)), ("quick", NotifierDocuments.Webhook(quick.Address, SecretFile)));
        await using var gateway = await TestGateway.CreateAsync(documents: documents, background: true);
        await gateway.ListenAsync();
        await Eventually.TrueAsync(async () => await gateway.InScopeAsync(async services => await services.GetRequiredService<GatewayDbContext>().NotifierProgress.CountAsync() == 2));
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await Eventually.TrueAsync(() =>
        {
            gateway.Clock.Advance(NotificationLoop.Period / 10);
            return Task.FromResult(slow.All.Count > 0 && quick.All.Count > 0);
        });
        // The dead one is still being waited for; the other one is told of what comes meanwhile.
        await gateway.SubmitAsync(await gateway.AddUserAsync("bob", "platform"), "editor", "1h", "payments-a");
        await Eventually.TrueAsync(() =>
        {
            gateway.Clock.Advance(TimeSpan.FromMilliseconds(200));
            return Task.FromResult(quick.All.Count == 2);
        });
        await Eventually.TrueAsync(async () =>
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
            return (await RowsAsync(gateway)).Exists(row => row is { Notifier: "dead", LastError: "No answer within 10 s." });
        });
    }

    [Fact]
    internal async Task Run_EndlessAnswer_TakenWithoutReadingIt()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Answer = async context =>
        {
            var block = new byte[64 * 1024];
            while (true)
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        };
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address);
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.Equal(NotificationState.Delivered, Assert.Single(await RowsAsync(gateway)).State);
    }

    [Fact]
    internal async Task Run_Redirect_NotFollowed()
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var inside = await TestReceiver.StartAsync();
        receiver.Answer = context =>
        {
            context.Response.Redirect(inside.Address.AbsoluteUri, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address);
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Empty(inside.All);
        Assert.Contains("307: redirects are not followed", Assert.Single(await RowsAsync(gateway)).LastError, StringComparison.Ordinal);
    }

    [Fact]
    internal async Task Run_ReceiverWantsNoMore_GivenUpAtOnce()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Answer = context => AnswerAsync(context, 410);
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address);
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Equal(NotificationState.GivenUp, Assert.Single(await RowsAsync(gateway)).State);
    }

    /// <summary>Each is told of what the other gave up, and refuses that too: it ends there.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_TwoDeadNotifiers_DoNotTellOfEachOtherForEver(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Answer = context => AnswerAsync(context, 410);
        await using var gateway = await TestGateway.CreateAsync(
            kind, NotifierDocuments.With(("one", NotifierDocuments.Webhook(receiver.Address, SecretFile)), ("two", NotifierDocuments.Webhook(receiver.Address, SecretFile))));
        await gateway.RunNotifiersAsync();
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        for (var pass = 0; pass < 5; pass++)
            await gateway.RunNotifiersAsync();
        Assert.Equal(4, receiver.All.Count);
        Assert.Equal(2, (await gateway.AuditAsync()).Count(row => row.Type == "notification.given_up"));
        Assert.All(await RowsAsync(gateway), row => Assert.Equal(NotificationState.GivenUp, row.State));
    }

    /// <summary>Names and addresses that lead inside are refused when they are connected to: a name is checked by what it resolves to.</summary>
    [Theory]
    [InlineData("https://localhost:{0}/")]
    [InlineData("https://127.0.0.1:{0}/")]
    [InlineData("https://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("https://[64:ff9b::7f00:1]:{0}/")]
    [InlineData("https://[2002:7f00:1::]:{0}/")]
    [InlineData("https://[::1]:{0}/")]
    [InlineData("https://0.0.0.0:{0}/")]
    [InlineData("https://2130706433:{0}/")]
    [InlineData("https://0x7f.1:{0}/")]
    internal async Task Send_LeadsInside_RefusedBeforeConnecting(string url)
    {
        await using var receiver = await TestReceiver.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, string.Format(System.Globalization.CultureInfo.InvariantCulture, url, receiver.Address.Port));
        var e = await Assert.ThrowsAsync<OutboundException>(() => new OutboundHttp(TimeProvider.System).SendAsync(request, OutboundRules.PublicOnly, 10, TestContext.Current.CancellationToken));
        Assert.Contains("is not allowed", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A host that is allowed by name may be private and plain; without its name it is neither.</summary>
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("example.com", false)]
    internal async Task Send_PlainHttpToAPrivateHost_OnlyByName(string allowed, bool taken)
    {
        await using var receiver = await TestReceiver.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://localhost:{receiver.Address.Port}/");
        var sent = new OutboundHttp(TimeProvider.System).SendAsync(request, OutboundRules.Of([allowed]), 10, TestContext.Current.CancellationToken);
        if (taken)
            Assert.Equal(HttpStatusCode.NoContent, (await sent).Status);
        else
            await Assert.ThrowsAsync<OutboundException>(() => sent);
    }

    [Fact]
    internal async Task Run_SecretMissing_FailsAndNamesThePlaceAlone()
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address, NotifierDocuments.SecretFile("hunter2-hunter2"));
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Empty(receiver.All);
        var error = Assert.Single(await RowsAsync(gateway)).LastError;
        Assert.StartsWith("The secret must be whsec_", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }
}
