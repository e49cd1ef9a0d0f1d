namespace AccessGateway.EndToEnd;

using System.Net.Http.Json;
using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Testing;
using Xunit;

/// <summary>
/// kill -9 at every step of a grant's life, on a real API server (I1, I3): whatever the gateway was doing, there is no binding and
/// no leaf without an earlier audit event, and after a restart nothing is left of a grant whose time is up.
/// </summary>
[Collection(nameof(PlainClusterTests))]
public sealed class KillTests(PlainCluster plain, SideBySide rows) : IClassFixture<SideBySide>
{
    /// <summary>Long enough for all that is done in it while other rows start their gateways.</summary>
    private const string Lifetime = "25s";

    private const string Nowhere = "with an active grant";

    public static TheoryData<string> Failpoints { get; } =
    [
        "activate.before-commit", "activate.after-commit", "bind.before-create", "bind.after-create", "issue.before-commit", "issue.after-commit",
        "end.after-commit", "unbind.before-delete", "unbind.after-delete", "expire.after-commit",
    ];

    [Theory]
    [MemberData(nameof(Failpoints))]
    public Task Kill_AtAStep_NothingUnauditedAndNothingLeft(string failpoint) => RowAsync(failpoint);

    /// <summary>Point 6: killed with a grant active, dead past its end; on restart the orphan is gone within 60 s and audited.</summary>
    [Fact]
    public Task Kill_WithAnActiveGrant_LeafDiesAndTheBindingGoesOnRestart() => RowAsync(Nowhere);

    /// <summary>Each has its gateway, data and name, and mostly waits for its grant's end.</summary>
    private Task RowAsync(string which) => rows.RunAsync(which, [.. Failpoints.Select(row => row.Data), Nowhere], row => row == Nowhere ? KillWithAnActiveGrantAsync() : KillAtAsync(row));

    private async Task KillAtAsync(string failpoint)
    {
        var name = $"kill-{failpoint.Replace('.', '-')}";
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var data = Directory.CreateTempSubdirectory("access-gateway-kill-").FullName;
        var config = await plain.Cluster.WriteConfigurationAsync(data);
        // Shares data and database with the victim, and prepares what does not matter here.
        await using var prepared = await TestGateway.CreateAsync(database: database, data: data, config: config);
        var alice = await prepared.AddUserAsync("alice", "platform");
        var request = await prepared.SubmitAsync(alice, duration: Lifetime);

        await using (var victim = await GatewayProcess.StartAsync(data, config, name, database.Options, failpoint))
        {
            prepared.Address = victim.Address;
            using var client = await prepared.SignInAsync(alice);
            await LiveAsync(client, request, await StepUpSteps.ProveAsync(client, alice.CodeAt(TimeProvider.System.GetUtcNow()), StepUpActions.Activate(request.Id)), failpoint);
            await victim.EndAsync();
        }

        // I3: what is in the cluster now was in the log before.
        var events = await prepared.AuditAsync();
        foreach (var grant in await BoundGrantsAsync(name))
            Assert.Contains(events, row => row.Type == "grant.activated" && row.GrantId == grant);

        await using (await GatewayProcess.StartAsync(data, config, name, database.Options))
        {
            var grantId = events.FirstOrDefault(row => row.Type == "grant.activated")?.GrantId;
            Assert.Equal(failpoint == "activate.before-commit", grantId is null);
            if (grantId is not null)
            {
                await Eventually.TrueAsync(
                    async () => (await prepared.AuditAsync()).Any(row => row.Type == "binding.removed" && row.GrantId == grantId), what: "the binding to be removed");
            }

            Assert.Empty(await BoundGrantsAsync(name));
            var types = (await prepared.AuditAsync()).Where(row => row.GrantId == grantId && grantId is not null).Select(row => row.Type).ToList();
            Assert.Equal(types.Distinct(), types);
        }

        Directory.Delete(data, recursive: true);
    }

    private async Task KillWithAnActiveGrantAsync()
    {
        const string name = "kill-active";
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        var data = Directory.CreateTempSubdirectory("access-gateway-kill-").FullName;
        var config = await plain.Cluster.WriteConfigurationAsync(data);
        await using var prepared = await TestGateway.CreateAsync(database: database, data: data, config: config);
        var alice = await prepared.AddUserAsync("alice", "platform");
        var request = await prepared.SubmitAsync(alice, duration: Lifetime);
        string grantId;
        string kubeconfig;
        await using (var victim = await GatewayProcess.StartAsync(data, config, name, database.Options))
        {
            prepared.Address = victim.Address;
            using var client = await prepared.SignInAsync(alice);
            var grant = await ActivateAsync(client, request.Id, await StepUpSteps.ProveAsync(client, alice.CodeAt(TimeProvider.System.GetUtcNow()), StepUpActions.Activate(request.Id)));
            grantId = grant.Id;
            kubeconfig = await Credentials.KubeconfigAsync(client, grantId, data);
            (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "namespaces"])).Succeeded();
            victim.Kill();
        }

        Assert.Equal([grantId], await BoundGrantsAsync(name));
        // The leaf dies by itself, gateway or not.
        await Eventually.TrueAsync(async () => (await Run.ToEndAsync("kubectl", ["--kubeconfig", kubeconfig, "get", "namespaces"])).ExitCode != 0, what: "the leaf to end");
        Assert.Equal([grantId], await BoundGrantsAsync(name));

        await using (await GatewayProcess.StartAsync(data, config, name, database.Options))
            await Eventually.TrueAsync(async () => (await BoundGrantsAsync(name)).Count == 0, TimeSpan.FromSeconds(60), "the orphan to be gone");
        Assert.Contains(await prepared.AuditAsync(), row => row.GrantId == grantId && row.Type is "binding.removed" or "grant.expired");
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Activates, asks for a leaf, gives back where the failpoint lies there; else the grant runs out by itself.</summary>
    private static async Task LiveAsync(HttpClient client, AccessRequest request, string proof, string failpoint)
    {
        try
        {
            var grant = await ActivateAsync(client, request.Id, proof);
            using var issued = await client.PostAsJsonAsync($"/api/v1/grants/{grant.Id}/credential", new CredentialRequest { Csr = Credentials.Csr(grant.Id, grant.Subject, out _) }, GatewayJson.Default.CredentialRequest);
            if (!failpoint.StartsWith("expire", StringComparison.Ordinal))
            {
                using var ended = await client.PostAsync(new Uri($"/api/v1/grants/{grant.Id}/relinquish", UriKind.Relative), content: null);
            }
        }
        catch (HttpRequestException)
        {
            // It died while it was being talked to.
        }
    }

    private static async Task<GrantView> ActivateAsync(HttpClient client, string requestId, string proof)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{requestId}/activate");
        message.Headers.Add(StepUpActions.Header, proof);
        using var answer = await client.SendAsync(message);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items.Single();
    }

    /// <summary>The grants of the bindings that carry this gateway's label, as the cluster's administrator sees them.</summary>
    private async Task<List<string>> BoundGrantsAsync(string gateway)
    {
        var names = (await plain.Cluster.AdminAsync("get", "clusterrolebindings", "-l", $"access-gateway.io/gateway={gateway}", "-o", "jsonpath={.items[*].metadata.labels.access-gateway\\.io/grant}")).Succeeded();
        return [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }
}
