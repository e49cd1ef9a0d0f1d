namespace AccessGateway.Tests.SignIn.Machines;

using System.Security.Cryptography;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Xunit;

/// <summary>SECURITY, secrets in logs: what machines send to prove themselves, good and bad, is found nowhere afterwards.</summary>
public sealed class MachineCanaryTests
{
    private readonly Canaries _canaries = new();
    private readonly CapturedLog _log = new();

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Secrets_OfMachines_FoundNowhere(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind, configure: _log.Use);
        await SendAllAsync(machines);
        Assert.Contains("was refused", _log.Text, StringComparison.Ordinal);
        await AssertNowhereAsync(machines);

        // The same while the database is of no use: what an exception says is logged.
        await ExecuteAsync(machines, "ALTER TABLE \"AuditEvents\" RENAME TO \"AuditEventsAway\"");
        await SendAllAsync(machines);
        await Assert.ThrowsAnyAsync<DbUpdateException>(() => WriteAsync(machines));
        await ExecuteAsync(machines, "ALTER TABLE \"AuditEventsAway\" RENAME TO \"AuditEvents\"");
        await AssertNowhereAsync(machines);
    }

    private async Task SendAllAsync(Machines machines)
    {
        using var wrong = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (client, now) = (machines.Client, machines.Gateway.Clock.GetUtcNow());
        var good = _canaries.Add("assertion", MachineSetup.Sign(MachineSetup.Claims(now)));
        var tokens = new List<string?>
        {
            (await MachineSetup.ClientTokenAsync(client, good)).Answer.AccessToken,
            (await MachineSetup.ServiceAccountTokenAsync(client, _canaries.Add("ServiceAccount token", machines.Token()))).Answer.AccessToken,
        };
        await MachineSetup.ClientTokenAsync(client, good);
        await MachineSetup.ClientTokenAsync(client, _canaries.Add("bad assertion", MachineSetup.Sign(MachineSetup.Claims(now), new ECDsaSecurityKey(wrong))), MachineSetup.Client);
        await MachineSetup.ClientTokenAsync(client, _canaries.Add("key in the wrong field", "canary-key-in-the-wrong-field"), _canaries.Add("secret for a name", "canary-secret-for-a-name"));
        await MachineSetup.TokenAsync(client, ("grant_type", "client_credentials"), ("client_id", MachineSetup.Client), ("client_secret", _canaries.Add("client secret", "canary-client-secret")));
        machines.Fake.Status["authenticated"] = false;
        await MachineSetup.ServiceAccountTokenAsync(client, _canaries.Add("bad ServiceAccount token", machines.Token()));
        await MachineSetup.ServiceAccountTokenAsync(client, "canary-key-in-the-wrong-field", "canary-secret-for-a-name");
        machines.Fake.Status["authenticated"] = true;
        foreach (var token in tokens.OfType<string>())
        {
            _canaries.Add("access token", token);
            await MachineSetup.TokenAsync(client, ("grant_type", "refresh_token"), ("client_id", OAuth.ClientId), ("refresh_token", token));
        }
    }

    private async Task AssertNowhereAsync(Machines machines)
    {
        await WriteAsync(machines);
        Assert.Empty(_canaries.In(_log.Text));
        Assert.Empty(_canaries.In(await machines.Gateway.WithAsync<GatewayDbContext, string>(Canaries.DumpAsync)));
        Assert.Equal(8, _canaries.Kinds.Count());
    }

    private static Task WriteAsync(Machines machines) =>
        machines.Gateway.Services.GetRequiredService<MachineRefusals>().WriteAsync(all: true, TestContext.Current.CancellationToken);

    private static Task<int> ExecuteAsync(Machines machines, string sql) => machines.Gateway.WithAsync<GatewayDbContext, int>(db => db.Database.ExecuteSqlRawAsync(sql));
}
