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

    /// <summary>Who takes an account's mail over must not keep that from its owner, by two changes in a row neither.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Collect_EmailChanged_TheOldAddressesAreToldToo(DatabaseKind kind)
    {
        await using var gateway = await GatewayAsync(kind, "to: {requester: true}", "user.email_changed");
        await gateway.AddUserAsync("alice");
        await ChangeAsync("alice@corp.example");
        Assert.Equal(["alice@corp.example"], await ToldAsync());
        await ChangeAsync("eve@evil.example");
        await ChangeAsync("eve2@evil.example");
        Assert.Equal(["alice@corp.example", "alice@corp.example", "eve2@evil.example", "eve2@evil.example", "eve@evil.example"], await ToldAsync());
        await ChangeAsync(null);
        Assert.Contains("eve2@evil.example", await ToldAsync());

        // A day later the old addresses are forgotten.
        gateway.Clock.Advance(Leftovers.Kept + TimeSpan.FromMinutes(1));
        await gateway.WithAsync<Leftovers, int>(leftovers => leftovers.RemoveAsync(default));
        Assert.False(await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().FormerEmails.AnyAsync()));

        async Task ChangeAsync(string? address)
        {
            TestGateway.Value(await gateway.WithAsync<Users, AccessGateway.Problems.Outcome<User>>(users => users.SetEmailAsync("root", "alice", address, default)));
            gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        async Task<List<string>> ToldAsync()
        {
            while (await CollectAsync(gateway))
            {
            }

            var rows = await WebhookTests.RowsAsync(gateway);
            await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Notifications.ExecuteDeleteAsync());
            return [.. rows.Select(row => row.Recipient).Order(StringComparer.Ordinal)];
        }
    }

    private static Task<bool> CollectAsync(TestGateway gateway) => gateway.InScopeAsync(services =>
        services.GetRequiredService<Collector>().CollectAsync(services.GetRequiredService<AccessGateway.Documents.GatewayDocuments>().Notifiers[0], default));

    private static async Task<TestGateway> GatewayAsync(DatabaseKind kind, string to, string events = "access_request.submitted")
    {
        var gateway = await TestGateway.CreateAsync(kind, NotifierDocuments.With(
            ("mail", $"{{email: {{smtp: {{host: 127.0.0.1, port: 1, tls: none}}, from: access@corp.example, {to}}}, events: [{events}]}}")));
        await gateway.RunNotifiersAsync();
        return gateway;
    }
}
