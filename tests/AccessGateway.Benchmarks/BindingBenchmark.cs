namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using System.Security.Cryptography;
using AccessGateway.Bindings;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>
/// What the reconciler costs beside the API server: bindings made and removed with everything that the gateway writes down, against the same
/// calls of the same client, as many at a time, with nothing around them. On a real API server, in one run.
/// </summary>
internal static class BindingBenchmark
{
    private const int Activations = 1000;
    private const int Pairs = 25;
    private const int Ending = 10_000;
    private const int EndingPairs = 5;
    private const int AtOnce = GrantBindings.AtOnce;

    public static async Task<int> RunAsync(string demo, DatabaseKind kind)
    {
        var config = await PathBenchmark.WriteConfigurationAsync(demo);
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-benchmark-data-").FullName;
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data, config: config);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var reconciler = gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster);
        var raw = new ClusterBindings(() => gateway.Services.GetRequiredService<ClusterConnections>().For(TestGateway.Cluster), "raw", new OwnEchoes(new LoopBell()));
        await RawAsync(raw, Samples(200)); // Warm.
        await reconciler.RunAsync(default);

        // In turns, and who is first changes too. What one side made is gone before the other's turn: the API server takes longer for each call the more
        // bindings there are.
        var (creates, binds) = (new List<double>(), new List<double>());
        await BindingAsync(); // Warm.
        for (var pair = 0; pair < Pairs; pair++)
        {
            await InTurnsAsync(
                pair,
                async () =>
                {
                    await ShiftAsync();
                    creates.Add((await RawAsync(raw, Samples(Activations))).Create);
                },
                async () => binds.Add(await BindingAsync()));
        }

        Console.WriteLine($"{Pairs} times {Activations} activations bound: {Rates(binds, Activations)} a second; raw creates: {Rates(creates, Activations)}; {Ratios(creates, binds)}");

        // By itself: a look at what is alive takes its time.
        var grown = 0L;
        await EndingAsync(async end =>
        {
            using var memory = new MemoryWatch();
            await end();
            grown = memory.Grown;
        });

        var (deletes, ends) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < EndingPairs; pair++)
        {
            await InTurnsAsync(pair, async () => deletes.Add((await RawAsync(raw, Samples(Ending))).Delete), () => EndingAsync(async end => ends.Add(await TimeAsync(end))));
        }

        var left = await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Grants.CountAsync(grant => grant.State == GrantState.Active || grant.UnboundAt == null));
        Console.WriteLine($"{EndingPairs} times {Ending} grants that end together: {Rates(ends, Ending)} a second ({left} left); raw deletes: {Rates(deletes, Ending)}; {Ratios(ends, deletes)}");
        Console.WriteLine($"memory: {grown / 1024 / 1024} MiB more live objects at most than before");
        Directory.Delete(config, recursive: true);
        Directory.Delete(data, recursive: true);
        return left;

        // Once in some thousand calls the API server cleans up its memory, which takes as long as hundreds of them: let it be in the turn of either side.
        Task ShiftAsync() => RawAsync(raw, Samples(RandomNumberGenerator.GetInt32(Activations)));

        async Task<double> BindingAsync()
        {
            await gateway.AddAsync(alice, Activations, TimeSpan.FromMinutes(30));
            await ShiftAsync();
            var took = await TimeAsync(() => reconciler.RunAsync(default));
            gateway.Clock.Advance(TimeSpan.FromMinutes(31));
            await reconciler.EndDueAsync(default);
            return took;
        }

        async Task EndingAsync(Func<Func<Task>, Task> watch)
        {
            await gateway.AddAsync(alice, Ending, TimeSpan.FromMinutes(30));
            await reconciler.RunAsync(default);
            var (cpu, pass) = (Environment.CpuUsage.TotalTime, await TimeAsync(() => reconciler.RunAsync(default)));
            Console.WriteLine($"a pass with {Ending} active grants: {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.00} s of CPU, {pass:0.00} s");
            gateway.Clock.Advance(TimeSpan.FromMinutes(31));
            await watch(() => reconciler.EndDueAsync(default));
        }
    }

    /// <summary>Creates them, and deletes them again: seconds.</summary>
    private static async Task<(double Create, double Delete)> RawAsync(ClusterBindings raw, IReadOnlyList<Grant> grants)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        var create = await TimeAsync(() => Parallel.ForEachAsync(grants, options, async (grant, token) => await raw.CreateAsync(raw.Of(grant)[0], grant, token)));
        var delete = await TimeAsync(() => Parallel.ForEachAsync(grants, options, async (grant, token) => await raw.DeleteAsync(raw.Of(grant)[0], token)));
        return (create, delete);
    }

    private static async Task InTurnsAsync(int pair, Func<Task> one, Func<Task> other)
    {
        foreach (var turn in pair % 2 == 0 ? [one, other] : (Func<Task>[])[other, one])
            await turn();
    }

    private static List<Grant> Samples(int count) => [.. Enumerable.Range(0, count).Select(_ => new Grant
    {
        Id = Identifier.New("gr"),
        AccessRequestId = "ar-0",
        HolderId = "us-0",
        Subject = "alice",
        Cluster = TestGateway.Cluster,
        Role = "viewer",
        ClusterRole = "view",
        Scope = RoleScope.Cluster,
        Namespaces = [],
        NotBefore = DateTimeOffset.UnixEpoch,
        NotAfter = DateTimeOffset.UnixEpoch,
        State = GrantState.Active,
    })];

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Of each pair: quiet or not, both sides had the same machine.</summary>
    private static string Ratios(List<double> dividends, List<double> divisors)
    {
        var ratios = dividends.Zip(divisors, (one, other) => one / other).Order().ToList();
        return $"ratio {dividends.Sum() / divisors.Sum():0.00} in all, median {Median(ratios):0.00}, half of them from {ratios[ratios.Count / 4]:0.00} to {ratios[ratios.Count * 3 / 4]:0.00}";
    }

    private static string Rates(List<double> seconds, int count) => string.Join(", ", seconds.Select(time => $"{count / time:0}"));

    /// <summary>How much more there was to keep, at most, at a look each second.</summary>
    private sealed class MemoryWatch : IDisposable
    {
        private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
        private readonly Timer _timer;
        private long _most;

        public MemoryWatch() => _timer = new Timer(_ => _most = Math.Max(_most, GC.GetTotalMemory(forceFullCollection: true)), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        public long Grown => Math.Max(0, _most - _before);

        public void Dispose() => _timer.Dispose();
    }
}
