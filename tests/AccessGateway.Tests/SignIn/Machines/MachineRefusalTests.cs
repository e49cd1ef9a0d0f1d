namespace AccessGateway.Tests.SignIn.Machines;

using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Xunit;

/// <summary>Refused sign-ins of machines: in the log each, in the audit log bounded, and nobody outside chooses what stands there.</summary>
public sealed class MachineRefusalTests
{
    private static readonly ECDsa WrongKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refused_AgainAndAgain_OneEventAWindowThatCounts(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        await RefusedAsync(machines, 30);
        var first = Assert.Single(await EventsAsync(machines));
        Assert.Equal(("gateway", "client:deploy-bot", "30", "127.0.0.1"), (first.Actor, first.Details["machine"], first.Details["times"], first.Details["address"]));
        Assert.Equal("signature, type or audience of the assertion is wrong", first.Details["why"]);

        await RefusedAsync(machines, 20);
        machines.Gateway.Clock.Advance(MachineRefusals.Window - TimeSpan.FromSeconds(1));
        Assert.Single(await EventsAsync(machines));
        machines.Gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["30", "20"], (await EventsAsync(machines)).Select(row => row.Details["times"]));
        machines.Gateway.Clock.Advance(MachineRefusals.Window * 2);
        Assert.Equal(2, (await EventsAsync(machines)).Count);
        // Whom it concerns sees it; another reason has an event of its own.
        await MachineSetup.ClientTokenAsync(machines.Client, "a.b.c", MachineSetup.Client);
        Assert.Equal("it brought no assertion that can be read", (await EventsAsync(machines))[2].Details["why"]);
        MachineSetup.Use(machines.Client, (await MachineSetup.ClientTokenAsync(machines.Client, MachineSetup.Sign(MachineSetup.Claims(machines.Gateway.Clock.GetUtcNow())))).Answer);
        using var own = await machines.Client.GetAsync("/api/v1/audit/events?type=machine.refused", TestContext.Current.CancellationToken);
        Assert.Contains("\"times\":\"30\"", await own.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>A flood of made-up names: one event, and no name of theirs anywhere.</summary>
    [Fact]
    public async Task Refused_NamesOfNobody_OneEventWithoutAName()
    {
        await using var machines = await Machines.StartAsync();
        var now = machines.Gateway.Clock.GetUtcNow();
        for (var i = 0; i < 50; i++)
        {
            await MachineSetup.ClientTokenAsync(machines.Client, MachineSetup.Sign(MachineSetup.Claims(now, $"made-up-{i}"), new ECDsaSecurityKey(WrongKey)), $"made-up-{i}");
            await MachineSetup.ServiceAccountTokenAsync(machines.Client, FakeServiceAccounts.Token(now, subject: $"system:serviceaccount:made-up-{i}:x"), $"made-up-{i}");
        }

        var events = await EventsAsync(machines);
        Assert.Equal([("there is no such client", "50"), ("there is no such cluster", "50")], events.Select(row => (row.Details["why"], row.Details["times"])).Order());
        Assert.All(events, row => Assert.False(row.Details.ContainsKey("machine")));
        Assert.DoesNotContain("made-up", string.Join('\n', (await machines.Gateway.AuditAsync()).Select(row => $"{row.Cluster} {string.Join(' ', row.Details)}")), StringComparison.Ordinal);
    }

    /// <summary>A token's own words are a name only where documents have it.</summary>
    [Theory]
    [InlineData("deployer", "expired", MachineSetup.ServiceAccount, "the token is no ServiceAccount's for this gateway that counts now")]
    [InlineData("deployer", "refused", MachineSetup.ServiceAccount, "the cluster does not stand by the token")]
    [InlineData("mallory", "refused", null, "the cluster does not stand by the token")]
    [InlineData("deployer", "nonsense", null, "the token is no ServiceAccount's for this gateway that counts now")]
    [InlineData("deployer", "another", null, "no document names it")]
    public async Task Refused_ServiceAccount_UnderItsClusterAndKnownName(string name, string what, string? machine, string why)
    {
        await using var machines = await Machines.StartAsync();
        if (what == "refused")
            machines.Fake.Status["authenticated"] = false;
        if (what == "another")
            machines.Fake.Status["user"]!["username"] = JsonValue.Create("system:serviceaccount:ci:another");
        var token = FakeServiceAccounts.Token(machines.Gateway.Clock.GetUtcNow(), TimeSpan.FromMinutes(what == "expired" ? -1 : 5), subject: $"system:serviceaccount:ci:{name}");
        Assert.Equal(400, (await MachineSetup.ServiceAccountTokenAsync(machines.Client, what == "nonsense" ? "a.b.c" : token)).Status);
        var row = Assert.Single(await EventsAsync(machines));
        Assert.Equal(("dev", machine, why), (row.Cluster, row.Details.GetValueOrDefault("machine"), row.Details["why"]));
    }

    /// <summary>A cluster that cannot tell has refused nobody.</summary>
    [Fact]
    public async Task Refused_NotByAClusterThatDoesNotAnswer_NoEvent()
    {
        await using var machines = await Machines.StartAsync();
        machines.Api.Fault = _ => 500;
        await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        Assert.Empty(await EventsAsync(machines));
    }

    [Fact]
    public async Task Refused_Disabled_EventWithItsName()
    {
        await using var machines = await Machines.StartAsync();
        await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token());
        await machines.Gateway.WithAsync<GatewayDbContext, int>(db => db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.Disabled, true)));
        Assert.Equal(400, (await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token())).Status);
        Assert.Equal((MachineSetup.ServiceAccount, "it is disabled"), (Assert.Single(await EventsAsync(machines)).Details["machine"], (await EventsAsync(machines))[0].Details["why"]));
    }

    /// <summary>What the audit log cannot take now it gets later, and the log has each.</summary>
    [Fact]
    public async Task Write_DatabaseOfNoUse_CountedOn()
    {
        var config = MachineSetup.WriteConfiguration(api: null);
        var log = new CapturedLog();
        await using var gateway = await TestGateway.CreateAsync(config: config, configure: log.Use);
        var refusals = gateway.Services.GetRequiredService<MachineRefusals>();
        var claim = new MachineClaim("client:deploy-bot");
        refusals.Note(claim, MachineRefusal.NoKey, "192.0.2.1");
        await gateway.WithAsync<GatewayDbContext, int>(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"AuditEvents\" RENAME TO \"Away\""));
        await Assert.ThrowsAnyAsync<DbUpdateException>(() => refusals.WriteAsync(all: false, TestContext.Current.CancellationToken));
        refusals.Note(claim, MachineRefusal.NoKey, "192.0.2.2");
        await gateway.WithAsync<GatewayDbContext, int>(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Away\" RENAME TO \"AuditEvents\""));
        await refusals.WriteAsync(all: false, TestContext.Current.CancellationToken);
        Assert.Equal(("2", "192.0.2.2"), (Assert.Single(await gateway.AuditAsync(), IsRefusal).Details["times"], (await gateway.AuditAsync()).Find(IsRefusal)!.Details["address"]));
        foreach (var address in new[] { "192.0.2.1", "192.0.2.2" })
            Assert.Contains($"The sign-in of \"client:deploy-bot\" from \"{address}\" was refused", log.Text, StringComparison.Ordinal);
        Directory.Delete(config, recursive: true);
    }

    /// <summary>It is written soon, and at the gateway's end also what its window would hold back.</summary>
    [Fact]
    public async Task Loop_RunsAndStops_NothingIsLeft()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var refusals = gateway.Services.GetRequiredService<MachineRefusals>();
        using var loop = ActivatorUtilities.CreateInstance<MachineRefusalLoop>(gateway.Services);
        await loop.StartAsync(TestContext.Current.CancellationToken);
        refusals.Note(MachineClaim.Unknown, MachineRefusal.UnknownClient, "192.0.2.1");
        await gateway.EventuallyAsync(() => gateway.AuditAsync().GetAwaiter().GetResult().Exists(IsRefusal));
        refusals.Note(MachineClaim.Unknown, MachineRefusal.UnknownClient, "192.0.2.1");
        await loop.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, (await gateway.AuditAsync()).Count(IsRefusal));
    }

    private static bool IsRefusal(AuditEventView row) => row.Type == "machine.refused";

    private static async Task RefusedAsync(Machines machines, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal(401, (await MachineSetup.ClientTokenAsync(machines.Client, MachineSetup.Sign(MachineSetup.Claims(machines.Gateway.Clock.GetUtcNow()), new ECDsaSecurityKey(WrongKey)))).Status);
    }

    private static async Task<List<AuditEventView>> EventsAsync(Machines machines)
    {
        await machines.Gateway.Services.GetRequiredService<MachineRefusals>().WriteAsync(all: false, TestContext.Current.CancellationToken);
        return (await machines.Gateway.AuditAsync()).FindAll(IsRefusal);
    }
}
