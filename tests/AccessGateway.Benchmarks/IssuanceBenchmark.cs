namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Pki;
using AccessGateway.Testing;

/// <summary>
/// How many leaves a second: in process beside `openssl speed`, and over HTTPS, authenticated and with durable audit, beside `cfssl serve`
/// over plain HTTP, which keeps nothing. The same load on both, in turns, on the same cores, which the load shares.
/// </summary>
internal static class IssuanceBenchmark
{
    private const int Users = 16;
    private const int GrantsEach = 32;

    /// <summary>Calls under way: one for each grant, as thousands of plugins would have them that renew at the same time.</summary>
    private const int AtOnce = Users * GrantsEach;

    private const int Rounds = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);

    private static readonly string[] Csrs = [.. Enumerable.Range(0, Users * GrantsEach).Select(_ => NewCsr())];

    /// <param name="which">Of what there is to measure; nothing: all.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> which)
    {
        bool Wanted(string name) => which.Count == 0 || which.Contains(name);
        if (Wanted("in-process"))
            await InProcessAsync();
        await using var sqlite = Wanted("sqlite") ? await TargetAsync(DatabaseKind.Sqlite) : null;
        await using var postgres = Wanted("postgres") && TestDatabase.PostgresServer is not null ? await TargetAsync(DatabaseKind.Postgres) : null;
        using var cfssl = Wanted("cfssl") ? await Cfssl.StartAsync() : null;
        (string Name, IReadOnlyList<Func<Task>>? Calls)[] all = [("cfssl", cfssl?.Calls), ("sqlite", sqlite?.Calls), ("postgres", postgres?.Calls)];
        var there = all.Where(one => one.Calls is not null).ToDictionary(one => one.Name, one => one.Calls!);
        foreach (var calls in there.Values)
            await RateAsync(calls, WarmUp);
        var rates = there.Keys.ToDictionary(name => name, _ => new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, calls) in there)
            {
                var before = Environment.CpuUsage.TotalTime;
                var rate = await RateAsync(calls, Measured);
                rates[name].Add(rate);
                Console.WriteLine($"  {name}: {rate:0} a second, {(Environment.CpuUsage.TotalTime - before).TotalMicroseconds / (rate * Measured.TotalSeconds):0} us of this process's time each");
            }
        }

        foreach (var (name, each) in rates)
            Console.WriteLine($"{name}: {Median(each):0} a second" + (cfssl is null || name == "cfssl" ? "" : $", {Median(each) / Median(rates["cfssl"]):0.00} of cfssl"));
        return 0;
    }

    private static async Task InProcessAsync()
    {
        foreach (var threads in new[] { 1, Environment.ProcessorCount })
        {
            using var ca = LocalCa.Generate("benchmark", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
            var template = new LeafTemplate("alice", "jit:gr-0123456789abc", TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddMinutes(10));
            var read = ((CsrResult.Accepted)CheckedCsr.Read(Csrs[0])).Csr;
            var openSsl = await OpenSslAsync(threads);
            var sign = Rate(threads, () => ca.Sign(read, template));
            var both = Rate(threads, () => ca.Sign(((CsrResult.Accepted)CheckedCsr.Read(Csrs[0])).Csr, template));
            Console.WriteLine($"{threads} thread(s): openssl signs {openSsl:0} a second; leaves of a CSR that was read {sign:0} ({sign / openSsl:0.00}); CSR read, checked and signed {both:0} ({both / openSsl:0.00})");
        }
    }

    private static double Rate(int threads, Action act)
    {
        for (var i = 0; i < 2000; i++)
            act();
        var end = Stopwatch.GetTimestamp() + (3 * Stopwatch.Frequency);
        var counts = new long[threads];
        var workers = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            for (; Stopwatch.GetTimestamp() < end; counts[index]++)
                act();
        })).ToList();
        var start = Stopwatch.GetTimestamp();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> OpenSslAsync(int processes)
    {
        string[] multi = processes > 1 ? ["-multi", processes.ToString(CultureInfo.InvariantCulture)] : [];
        var start = new ProcessStartInfo("openssl", ["speed", .. multi, "-seconds", "3", "ecdsap256"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await error;
        var words = text.Split('\n').Last(line => line.Contains("ecdsa", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(words[^2], CultureInfo.InvariantCulture);
    }

    private static async Task<double> RateAsync(IReadOnlyList<Func<Task>> calls, TimeSpan time)
    {
        var (next, done, start) = (-1, 0, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                await calls[Interlocked.Increment(ref next) % calls.Count]();
                Interlocked.Increment(ref done);
            }
        }));
        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<Target> TargetAsync(DatabaseKind kind)
    {
        var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        await gateway.WithAsync<TrustAnchors, string>(anchors => anchors.InitAsync("benchmark", TestGateway.Cluster, default));
        var calls = new List<Func<Task>>();
        var shared = gateway.Anonymous();
        var users = new List<(TestUser User, List<string> Grants)>();
        for (var i = 0; i < Users; i++)
        {
            var user = await gateway.AddUserAsync($"user{i}", "platform");
            var grants = new List<string>();
            for (var j = 0; j < GrantsEach; j++)
                grants.Add((await gateway.GrantAsync(user, "8h")).Id);
            users.Add((user, grants));
        }

        // Afterwards, because each grant moved the clock.
        foreach (var (user, grants) in users)
        {
            var token = (await gateway.AuthorizeAsync(shared, user)).AccessToken;
            foreach (var grant in grants)
            {
                var csr = Csrs[calls.Count];
                calls.Add(() => PostAsync(shared, new Uri($"/api/v1/grants/{grant}/credential", UriKind.Relative), JsonContent.Create(new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest), token));
            }
        }

        return new Target(gateway, shared, calls);
    }

    private static async Task PostAsync(HttpClient client, Uri path, HttpContent content, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        await answer.Content.ReadAsByteArrayAsync();
    }

    private static string NewCsr()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("O=jit:gr-0123456789abc, CN=alice", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Target(TestGateway Gateway, HttpClient Client, IReadOnlyList<Func<Task>> Calls) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Gateway.DisposeAsync();
        }
    }

    /// <summary>Debian's `cfssl serve` with a CA of the same kind.</summary>
    private sealed class Cfssl(Process process, HttpClient client, string folder, IReadOnlyList<Func<Task>> calls) : IDisposable
    {
        private const int Port = 18_888;

        public IReadOnlyList<Func<Task>> Calls => calls;

        public static async Task<Cfssl?> StartAsync()
        {
            if (!File.Exists("/usr/bin/cfssl"))
            {
                Console.WriteLine("no cfssl here: apt-get install golang-cfssl");
                return null;
            }

            var folder = Directory.CreateTempSubdirectory("access-gateway-cfssl-").FullName;
            using var ca = LocalCa.Generate("benchmark", TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(ca.ExportPkcs8PrivateKey(), out _);
            await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), ca.CertificatePem);
            await File.WriteAllTextAsync(Path.Combine(folder, "ca-key.pem"), key.ExportECPrivateKeyPem());
            // As it comes, with a line on each request, which goes nowhere here.
            var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec cfssl serve -address 127.0.0.1 -port {Port} -ca ca.pem -ca-key ca-key.pem >/dev/null 2>&1"]) { WorkingDirectory = folder };
            var process = Process.Start(start)!;
            var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
            var calls = Csrs.Select(csr => (Func<Task>)(() => PostAsync(client, new Uri("/api/v1/cfssl/sign", UriKind.Relative), JsonContent.Create(new { certificate_request = csr, hosts = new[] { "alice" } }), token: null))).ToList();
            await Eventually.TrueAsync(async () =>
            {
                try
                {
                    await calls[0]();
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }, what: "cfssl to listen");
            return new Cfssl(process, client, folder, calls);
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            client.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
