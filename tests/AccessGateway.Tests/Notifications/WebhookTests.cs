namespace AccessGateway.Tests.Notifications;

using System.Diagnostics;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Notifications;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class WebhookTests
{
    internal static readonly string SecretFile = NotifierDocuments.SecretFile();

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_RequestToGrant_ToldOnceInOrderAndSigned(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(kind, receiver.Address);
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        await gateway.RunNotifiersAsync();
        await gateway.RunNotifiersAsync();

        var events = receiver.All.Select(EventOf).ToList();
        Assert.Equal(["access-gateway.access_request.submitted", "access-gateway.access_request.approved", "access-gateway.grant.activated"], events.Select(told => told.Type));
        Assert.All(events, told => Assert.Equal(("1.0", "https://localhost", "application/json"), (told.Specversion, told.Source, told.Datacontenttype)));
        var asked = events[0];
        Assert.Equal(("alice asks for viewer on dev", "view", "10m", "INC-1 disk full"), (asked.Data.Title, asked.Data.ClusterRole, asked.Data.Duration, asked.Data.Reason));
        Assert.Equal($"https://localhost/requests/{grant.AccessRequestId}", asked.Data.Url);
        Assert.Equal($"https://localhost/grants/{grant.Id}", events[2].Data.Url);
        Assert.Equal(3, receiver.All.Select(one => one.Headers["webhook-id"]).Distinct().Count());
        Assert.All(receiver.All, one => Assert.StartsWith("application/cloudevents+json", one.Headers["content-type"], StringComparison.Ordinal));
        Assert.All(receiver.All, one => Assert.Equal(OpenSslSignature(one, NotifierDocuments.Secret), one.Headers["webhook-signature"]));
    }

    [Fact]
    internal async Task Run_TwoSecrets_SignedByBoth()
    {
        const string older = "whsec_b2xkZXIgb2xkZXIgb2xkZXIgb2xkZXIgb2xkZXI=";
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, receiver.Address, NotifierDocuments.SecretFile($"{NotifierDocuments.Secret}\n{older}\n"));
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        var one = Assert.Single(receiver.All);
        Assert.Equal($"{OpenSslSignature(one, NotifierDocuments.Secret)} {OpenSslSignature(one, older)}", one.Headers["webhook-signature"]);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_TwoReplicasAtOnce_EachToldOnce(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        await using var first = await GatewayAsync(kind, receiver.Address, database: database, data: data);
        await using var second = await GatewayAsync(kind, receiver.Address, database: database, data: data, clock: first.Clock);
        var alice = await first.AddUserAsync("alice", "platform");
        for (var count = 0; count < 30; count++)
            await first.SubmitAsync(alice, "editor", "1h", "payments-a");
        await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => new[] { Task.Run(first.RunNotifiersAsync), Task.Run(second.RunNotifiersAsync) }));
        await first.RunNotifiersAsync();
        Assert.Equal(30, receiver.All.Count);
        Assert.Equal(30, receiver.All.Select(one => one.Headers["webhook-id"]).Distinct().Count());
        Assert.Equal(30, receiver.All.Select(one => EventOf(one).Id).Distinct().Count());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_SenderDiedWithItsClaim_ToldAgainUnderTheSameId(DatabaseKind kind)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var gateway = await GatewayAsync(kind, receiver.Address);
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        var row = await gateway.InScopeAsync(async services =>
        {
            await services.GetRequiredService<Collector>().CollectAsync(services.GetRequiredService<GatewayDocuments>().Notifiers[0], default);
            return Assert.Single(await services.GetRequiredService<Outbox>().ClaimAsync("hook", "a-process-that-died", default));
        });
        await gateway.RunNotifiersAsync();
        Assert.Empty(receiver.All);
        gateway.Clock.Advance(Outbox.ClaimTime);
        await gateway.RunNotifiersAsync();
        Assert.Equal(row.Id, Assert.Single(receiver.All).Headers["webhook-id"]);

        // The dead one wakes up: its claim counts no more.
        await gateway.WithAsync<Outbox, int>(async outbox =>
        {
            await outbox.SettleAsync(row, new SendResult.Refused("late"), default);
            return 0;
        });
        Assert.Equal(NotificationState.Delivered, Assert.Single(await RowsAsync(gateway)).State);
    }

    internal static async Task<TestGateway> GatewayAsync(
        DatabaseKind kind, Uri url, string? secretFile = null, TestDatabase? database = null, string? data = null, Microsoft.Extensions.Time.Testing.FakeTimeProvider? clock = null)
    {
        var gateway = await TestGateway.CreateAsync(kind, NotifierDocuments.With(("hook", NotifierDocuments.Webhook(url, secretFile ?? SecretFile))), database: database, data: data, clock: clock);
        // The first pass finds the end of the log: from there on everything is told.
        await gateway.RunNotifiersAsync();
        return gateway;
    }

    internal static async Task RunForAsync(TestGateway gateway, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMinutes(5))
        {
            await gateway.RunNotifiersAsync();
            gateway.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        await gateway.RunNotifiersAsync();
    }

    internal static Task<List<Notification>> RowsAsync(TestGateway gateway) => gateway.InScopeAsync(services =>
        services.GetRequiredService<GatewayDbContext>().Notifications.AsNoTracking().OrderBy(row => row.EventIndex).ToListAsync());

    internal static NotificationEnvelope EventOf(Received received) => JsonSerializer.Deserialize(received.Body, GatewayJson.Default.NotificationEnvelope)!;

    internal static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>The signature as somebody else's implementation makes it.</summary>
    private static string OpenSslSignature(Received received, string secret)
    {
        var key = Convert.ToHexString(Convert.FromBase64String(secret["whsec_".Length..]));
        var start = new ProcessStartInfo("openssl", ["dgst", "-sha256", "-mac", "HMAC", "-macopt", $"hexkey:{key}", "-binary"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var openssl = Process.Start(start)!;
        openssl.StandardInput.BaseStream.Write([.. System.Text.Encoding.ASCII.GetBytes($"{received.Headers["webhook-id"]}.{received.Headers["webhook-timestamp"]}."), .. received.Body]);
        openssl.StandardInput.Close();
        using var output = new MemoryStream();
        openssl.StandardOutput.BaseStream.CopyTo(output);
        openssl.WaitForExit();
        return $"v1,{Convert.ToBase64String(output.ToArray())}";
    }
}
