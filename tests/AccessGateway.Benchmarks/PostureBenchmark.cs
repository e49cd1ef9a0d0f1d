namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using AccessGateway.Clusters;
using AccessGateway.Posture;

/// <summary>What a posture report costs in a cluster with 2,000 roles, 10,000 bindings and 1,000 namespaces, once they are read: who holds
/// what, and the draft.</summary>
internal static class PostureBenchmark
{
    private const int Roles = 2000;
    private const int Bindings = 10_000;
    private const int Namespaces = 1000;
    private const int Runs = 10;

    public static int Run()
    {
        var (report, draft) = (new List<double>(), new List<double>());
        var count = 0;
        for (var i = 0; i < Runs; i++)
        {
            // A new state each time, as after each reading: nothing of before is remembered.
            var state = State();
            var start = Stopwatch.GetTimestamp();
            var standing = StandingReport.Of(state, "access-gateway");
            report.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            PolicyDraft.Of("dev", standing.All, []);
            draft.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            count = standing.All.Count;
        }

        Console.WriteLine($"{Roles} roles, {Bindings} bindings, {Namespaces} namespaces: {count} lines, {Runs} runs, p50:");
        Console.WriteLine($"who holds what                {report.Order().ElementAt(Runs / 2):0} ms");
        Console.WriteLine($"the draft of policies         {draft.Order().ElementAt(Runs / 2):0} ms");
        return 0;
    }

    /// <summary>Half of the bindings to ServiceAccounts, a tenth for the whole cluster, one role in a hundred aggregated.</summary>
    private static RbacState State()
    {
        var roles = Enumerable.Range(0, Roles).Select(role => new RbacRole(
            $"role-{role}", null, "1", role % 100 == 0 ? [$"aggregate-to-{role}=true"] : [],
            [.. Enumerable.Range(0, 8).Select(rule => new RbacRule([rule == 0 ? "" : $"g{rule}.example.com"], [rule == 0 && role % 3 == 0 ? "secrets" : $"things{role}", "pods", "others/status"], [], ["get", "list", "watch", "create", "update"], []))])
        {
            Labels = new Dictionary<string, string> { [$"aggregate-to-{role / 100 * 100}"] = "true" },
        });
        var bindings = Enumerable.Range(0, Bindings).Select(binding => new RbacBinding(
            binding % 10 == 0 ? null : $"ns-{binding % Namespaces}", null, $"role-{binding * 7 % Roles}",
            [binding % 2 == 0 ? new RbacSubject("Group", null, $"team-{binding % 500}") : new RbacSubject("ServiceAccount", $"ns-{binding % Namespaces}", $"account-{binding % 20}")])
        {
            Name = $"binding-{binding}",
        });
        return new RbacState([.. roles], [.. bindings], [.. Enumerable.Range(0, Namespaces).Select(place => new RbacNamespace($"ns-{place}", null))]);
    }
}
