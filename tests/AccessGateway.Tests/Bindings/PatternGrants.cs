namespace AccessGateway.Tests.Bindings;

using AccessGateway.Bindings;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>A cluster with namespaces, and grants for patterns of them.</summary>
internal static class PatternGrants
{
    public static void Grow(FakeApiServer api, int count)
    {
        for (var number = 0; number < count; number++)
            api.AddNamespace($"team-{number:000}");
    }

    public static async Task<FakeApiServer> ClusterAsync(params string[] namespaces)
    {
        var api = await FakeApiServer.StartAsync();
        api.AddStandardRoles();
        foreach (var name in namespaces)
            api.AddNamespace(name);
        return api;
    }

    public static Task<TestGateway> GatewayAsync(FakeApiServer api, DatabaseKind kind = DatabaseKind.Sqlite) =>
        TestGateway.CreateAsync(kind, PatternDocuments.Yaml(api.Address), api);

    public static async Task<Grant> GrantAsync(TestGateway gateway, TestUser user, string role, params string[] namespaces) =>
        await gateway.ActivateAsync(user, (await gateway.SubmitAsync(user, role, "2h", namespaces)).Id);

    public static async Task EndAsync(TestGateway gateway, TestUser user, Grant grant) =>
        Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(user.Caller, grant.Id, default))).UnboundAt);

    public static Task RunAsync(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);

    public static async Task<List<AuditEventView>> ChangesAsync(TestGateway gateway, Grant grant) =>
        [.. (await gateway.AuditAsync()).Where(row => row.GrantId == grant.Id && row.Type == "grant.namespaces_changed")];
}
