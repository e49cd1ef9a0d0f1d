namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;

/// <summary>
/// What a cluster with 2,000 ClusterRoles costs: reading them all with the bindings and finding the powerful ServiceAccounts, resolving
/// each role, and asking again when nothing changed. The roles are made in the demo's cluster, and removed.
/// </summary>
internal static class RolesBenchmark
{
    private const int Roles = 2000;
    private const int Runs = 10;

    public static async Task<int> RunAsync(string demo)
    {
        var config = await PathBenchmark.WriteConfigurationAsync(demo);
        await using var gateway = await TestGateway.CreateAsync(config: config);
        var (states, radii) = (gateway.Services.GetRequiredService<RbacStates>(), gateway.Services.GetRequiredService<BlastRadii>());
        var manifest = Path.Combine(config, "roles.json");
        await File.WriteAllTextAsync(manifest, Manifest());
        await KubectlAsync(demo, "create", manifest);
        try
        {
            await states.OfAsync("dev", default);
            var (read, resolve, cold, warm) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var i = 0; i < Runs; i++)
            {
                gateway.Clock.Advance(RbacStates.MaxAge);
                RbacState? state = null;
                read.Add(await TimeAsync(async () => state = await states.OfAsync("dev", default)));
                resolve.Add(await TimeAsync(() =>
                {
                    foreach (var role in state!.Roles)
                        RuleSet.Digest(RuleSet.Normalise(role.Rules)!);
                    Surroundings.Of(state);
                    return Task.CompletedTask;
                }));
                gateway.Clock.Advance(RbacStates.MaxAge);
                cold.Add(await TimeAsync(() => radii.OfAsync("dev", new RoleTarget("edit"), RoleScope.Cluster, [], _ => true, default)));
                warm.Add(await TimeAsync(() => radii.OfAsync("dev", new RoleTarget("edit"), RoleScope.Cluster, [], _ => true, default)));
            }

            Console.WriteLine($"{(await states.OfAsync("dev", default))!.Roles.Count} roles, {Runs} runs, p50:");
            Console.WriteLine($"read roles, bindings and namespaces  {Median(read):0} ms");
            Console.WriteLine($"resolve each, find who is powerful   {Median(resolve):0} ms");
            Console.WriteLine($"blast radius of edit, cluster unread {Median(cold):0} ms; again, nothing changed {Median(warm):0.0} ms");
        }
        finally
        {
            await KubectlAsync(demo, "delete", manifest);
            Directory.Delete(config, recursive: true);
        }

        return 0;
    }

    private static string Manifest()
    {
        var items = new JsonArray();
        for (var i = 0; i < Roles; i++)
        {
            var rules = new StringBuilder("[");
            for (var rule = 0; rule < 8; rule++)
                rules.Append(CultureInfo.InvariantCulture, $$"""{{(rule == 0 ? "" : ",")}}{"apiGroups":["g{{rule}}.example.com"],"resources":["things{{i}}","others","others/status"],"verbs":["get","list","watch","create","update"]}""");
            items.Add(JsonNode.Parse($$"""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"benchmark-{{i}}"},"rules":{{rules}}]}"""));
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = items }.ToJsonString();
    }

    private static async Task KubectlAsync(string demo, string verb, string manifest)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", Path.Combine(demo, "cluster", "admin.kubeconfig"), verb, "-f", manifest]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"kubectl {verb} failed.");
    }

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
