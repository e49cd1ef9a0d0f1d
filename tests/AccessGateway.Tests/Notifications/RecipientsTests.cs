namespace AccessGateway.Tests.Notifications;

using AccessGateway.Notifications;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class RecipientsTests
{
    /// <summary>Mail is for people, and no machine administers anything, whatever its row says.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Collect_MachineWithAnAddress_NoMail(DatabaseKind kind)
    {
        await using var gateway = await GatewayAsync(kind, "to: {administrators: true, reviewers: true, requester: true}");
        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            db.Users.Add(new User
            {
                Id = Identifier.New("us"), Name = "client:bot", Machine = MachineKind.Client, MachineId = "bot", Groups = ["administrators"], Email = "bot@corp.example", CreatedAt = gateway.Clock.GetUtcNow(),
            });
            db.Users.Add(new User { Id = Identifier.New("us"), Name = "root", Groups = ["administrators"], ProviderEmail = "Root@corp.example", CreatedAt = gateway.Clock.GetUtcNow() });
            return await db.SaveChangesAsync();
        });
        await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await CollectAsync(gateway);
        Assert.Equal(["root@corp.example"], (await WebhookTests.RowsAsync(gateway)).Select(row => row.Recipient));
    }

    [Fact]
    internal async Task Collect_MorePeopleThanAreMailed_TheRestIsAudited()
    {
        var addresses = string.Join(", ", Enumerable.Range(0, Recipients.Max + 7).Select(number => $"p{number}@corp.example"));
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, $"to: {{addresses: [{addresses}]}}");
        var request = await gateway.SubmitAsync(await gateway.AddUserAsync("alice", "platform"), "editor", "1h", "payments-a");
        await CollectAsync(gateway);
        Assert.Equal(Recipients.Max, (await WebhookTests.RowsAsync(gateway)).Count);
        var told = Assert.Single(await gateway.AuditAsync(), row => row.Type == "notification.given_up");
        Assert.Equal(("mail", "7", request.Id), (told.Details["notifier"], told.Details["recipients"], told.AccessRequestId));
    }

    private static Task<bool> CollectAsync(TestGateway gateway) => gateway.InScopeAsync(services =>
        services.GetRequiredService<Collector>().CollectAsync(services.GetRequiredService<AccessGateway.Documents.GatewayDocuments>().Notifiers[0], default));

    private static async Task<TestGateway> GatewayAsync(DatabaseKind kind, string to)
    {
        var gateway = await TestGateway.CreateAsync(kind, NotifierDocuments.With(
            ("mail", $"{{email: {{smtp: {{host: 127.0.0.1, port: 1, tls: none}}, from: access@corp.example, {to}}}, events: [access_request.submitted]}}")));
        await gateway.RunNotifiersAsync();
        return gateway;
    }
}
