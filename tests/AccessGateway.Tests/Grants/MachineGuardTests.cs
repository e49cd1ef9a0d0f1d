namespace AccessGateway.Tests.Grants;

using System.Net;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Testing;
using AccessGateway.Tests.SignIn.Machines;
using Xunit;

/// <summary>What a machine holds ends with what it came through.</summary>
public sealed class MachineGuardTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_PodDeleted_GrantAndLoginEndWithTheReason(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        var grant = await GrantAsync(machines);
        await PassAsync(machines);
        Assert.Equal(GrantState.Active, (await StateAsync(machines, grant)).State);
        Assert.NotEmpty(machines.Api.Objects);

        machines.Fake.Remove("pods", "job-1");
        await PassAsync(machines);
        Assert.Empty(machines.Api.Objects);
        Assert.Equal(HttpStatusCode.Unauthorized, await machines.StatusAsync());
        var ended = await StateAsync(machines, grant);
        Assert.Equal((GrantState.Revoked, "gateway"), (ended.State, ended.EndedBy));
        var audit = await machines.Gateway.AuditAsync();
        Assert.Equal("the pod was deleted", Assert.Single(audit, row => row.Type == "grant.revoked").Details["why"]);
        Assert.Equal("the pod was deleted", Assert.Single(audit, row => row.Type == "machine.login_ended").Details["why"]);
    }

    /// <summary>One pod, one request, two clusters (two names of one here): both grants hang on the pod.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_PodDeleted_GrantsOnEveryClusterEnd(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind, yaml => string.Concat(
            yaml.AsSpan(0, yaml.IndexOf("---", StringComparison.Ordinal)).ToString().Replace("name: dev,", "name: prod,", StringComparison.Ordinal), "---\n", yaml.Replace("names: [dev]", "names: [dev, prod]", StringComparison.Ordinal)));
        MachineSetup.Use(machines.Client, (await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token())).Answer);
        var grants = await MachineSetup.GrantsAsync(machines.Client, "10m", "dev", "prod");
        Assert.Equal(["dev", "prod"], grants.Select(grant => grant.Cluster));
        await PassAsync(machines);
        Assert.All(grants, grant => Assert.Contains($"clusterrolebindings/jit-{grant.Id}", machines.Api.Objects.Keys));
        machines.Fake.Remove("pods", "job-1");
        await PassAsync(machines);
        Assert.Empty(machines.Api.Objects);
        Assert.Equal(["dev", "prod"], (await machines.Gateway.AuditAsync()).Where(row => row.Type == "grant.revoked").Select(row => row.Cluster).Order());
    }

    [Theory]
    [InlineData("pods", "job-1", "the pod was deleted")]
    [InlineData("serviceaccounts", "deployer", "the ServiceAccount was deleted")]
    public async Task Run_MadeAnewUnderTheSameName_GrantEnds(string kind, string name, string why)
    {
        await using var machines = await Machines.StartAsync();
        await GrantAsync(machines);
        machines.Fake.Put(kind, name, "another-uid");
        await PassAsync(machines);
        Assert.Empty(machines.Api.Objects);
        Assert.Equal(why, Assert.Single(await machines.Gateway.AuditAsync(), row => row.Type == "grant.revoked").Details["why"]);
    }

    /// <summary>An outage is waited out, but not for ever; each look that succeeds starts the wait anew.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ClusterDoesNotSay_GrantHoldsForTheSettingAndThenEnds(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        var grant = await GrantAsync(machines);
        machines.Gateway.Clock.Advance(TimeSpan.FromSeconds(100));
        await PassAsync(machines);
        machines.Api.Fault = request => request.Path.Value!.Contains("/pods/", StringComparison.Ordinal) ? 503 : null;
        machines.Gateway.Clock.Advance(TimeSpan.FromSeconds(119));
        await PassAsync(machines);
        Assert.Equal(GrantState.Active, (await StateAsync(machines, grant)).State);
        machines.Gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        await PassAsync(machines);
        Assert.Equal(GrantState.Revoked, (await StateAsync(machines, grant)).State);
        Assert.Contains("did not say", Assert.Single(await machines.Gateway.AuditAsync(), row => row.Type == "grant.revoked").Details["why"], StringComparison.Ordinal);
    }

    /// <summary>What a grant hangs on is in the database: another process, started later, ends it too.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_AfterARestart_PodThatWentMeanwhileEndsTheGrant(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        var fake = FakeServiceAccounts.Of(api);
        var (config, data) = (MachineSetup.WriteConfiguration(api), Directory.CreateTempSubdirectory("access-gateway-data-").FullName);
        await using var database = await TestDatabase.CreateAsync(kind);
        await using (var before = await TestGateway.CreateAsync(apiServer: api, config: config, database: database, data: data))
        {
            await before.ListenAsync();
            using var client = before.Anonymous();
            MachineSetup.Use(client, (await MachineSetup.ServiceAccountTokenAsync(client, FakeServiceAccounts.Token(before.Clock.GetUtcNow()))).Answer);
            await MachineSetup.GrantAsync(client);
        }

        Assert.NotEmpty(api.Objects);
        fake.Remove("pods", "job-1");
        await using var after = await TestGateway.CreateAsync(apiServer: api, config: config, database: database, data: data);
        await after.WithAsync<MachineGuard, int>(async guard =>
        {
            await guard.RunAsync(default);
            return 0;
        });
        Assert.Empty(api.Objects);
        Directory.Delete(config, recursive: true);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Two replicas see it at once: one end, one event.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_ManyAtOnce_OneEnd(DatabaseKind kind)
    {
        await using var machines = await Machines.StartAsync(kind);
        await GrantAsync(machines);
        machines.Fake.Remove("pods", "job-1");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PassAsync(machines))));
        Assert.Single(await machines.Gateway.AuditAsync(), row => row.Type == "grant.revoked");
        Assert.Single(await machines.Gateway.AuditAsync(), row => row.Type == "machine.login_ended");
    }

    /// <summary>Out of the documents: the token at once, the grant at the next pass.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_NoDocumentNamesTheMachine_EverythingEnds(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        FakeServiceAccounts.Of(api);
        var (config, data) = (MachineSetup.WriteConfiguration(api), Directory.CreateTempSubdirectory("access-gateway-data-").FullName);
        await using var database = await TestDatabase.CreateAsync(kind);
        TokenAnswer token;
        await using (var before = await TestGateway.CreateAsync(apiServer: api, config: config, database: database, data: data))
        {
            await before.ListenAsync();
            using var client = before.Anonymous();
            token = (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(before.Clock.GetUtcNow())))).Answer;
            MachineSetup.Use(client, token);
            await MachineSetup.GrantAsync(client);
        }

        Assert.NotEmpty(api.Objects);
        var without = MachineSetup.WriteConfiguration(api, extra: "");
        await using var after = await TestGateway.CreateAsync(apiServer: api, config: without, database: database, data: data);
        await after.ListenAsync();
        using (var client = after.Anonymous())
        {
            MachineSetup.Use(client, token);
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/me", TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(401, (await MachineSetup.ClientTokenAsync(client, MachineSetup.Sign(MachineSetup.Claims(after.Clock.GetUtcNow())))).Status);
        }

        await after.WithAsync<MachineGuard, int>(async guard =>
        {
            await guard.RunAsync(default);
            return 0;
        });
        Assert.Empty(api.Objects);
        Assert.Contains(await after.AuditAsync(), row => row.Type == "grant.revoked" && row.Details["why"].Contains("no document names", StringComparison.Ordinal));
        foreach (var folder in new[] { config, without, data })
            Directory.Delete(folder, recursive: true);
    }

    private static async Task<GrantView> GrantAsync(Machines machines)
    {
        MachineSetup.Use(machines.Client, (await MachineSetup.ServiceAccountTokenAsync(machines.Client, machines.Token())).Answer);
        return await MachineSetup.GrantAsync(machines.Client);
    }

    private static Task<int> PassAsync(Machines machines) => machines.Gateway.WithAsync<MachineGuard, int>(async guard =>
    {
        await guard.RunAsync(default);
        return 0;
    });

    private static Task<Grant> StateAsync(Machines machines, GrantView grant) => machines.Gateway.InScopeAsync(services =>
        Task.FromResult(((AccessGateway.Persistence.GatewayDbContext)services.GetService(typeof(AccessGateway.Persistence.GatewayDbContext))!).Grants.Single(row => row.Id == grant.Id)));
}
