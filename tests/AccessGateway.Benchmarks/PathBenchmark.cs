namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Contracts;
using AccessGateway.Testing;

/// <summary>
/// From an approved request to a usable credential, without a human's time: activate (which binds), get a leaf, first call to the
/// API server with it. And back: from giving it up to the API server's refusal of the same leaf. Over HTTPS, on SQLite with durable
/// commits, against the demo's cluster.
/// </summary>
internal static class PathBenchmark
{
    private const int WarmUp = 5;
    private const int Runs = 200;

    private static readonly Uri Namespaces = new("/api/v1/namespaces", UriKind.Relative);

    public static async Task<int> RunAsync(string demo)
    {
        var config = await WriteConfigurationAsync(demo);
        await using var gateway = await TestGateway.CreateAsync(config: config);
        await gateway.ListenAsync();
        using var apiServerTime = new ApiServerTime();
        var (total, inApiServer, revoked) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < WarmUp + Runs; i++)
        {
            var user = await gateway.AddUserAsync($"user{i}", "platform");
            using var client = await gateway.SignInAsync(user);
            var request = await gateway.SubmitAsync(user, duration: "5m");
            var proof = await StepUpSteps.ProveAsync(client, user.CodeAt(gateway.Clock.GetUtcNow()), StepUpActions.Activate(request.Id));
            apiServerTime.Reset();
            var start = Stopwatch.GetTimestamp();
            var (grant, kubernetes) = await UseAsync(client, request.Id, proof);
            var (used, spent) = (Stopwatch.GetElapsedTime(start).TotalMilliseconds, apiServerTime.Milliseconds);
            start = Stopwatch.GetTimestamp();
            await EndAsync(client, grant, kubernetes);
            kubernetes.Dispose();
            if (i < WarmUp)
                continue;
            total.Add(used);
            inApiServer.Add(spent);
            revoked.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Console.WriteLine($"approved request -> usable credential, {Runs} runs: p50 {At(total, 0.5):0.0} ms, p95 {At(total, 0.95):0.0} ms");
        Console.WriteLine($"of which in calls to the API server:  p50 {At(inApiServer, 0.5):0.0} ms ({At(inApiServer, 0.5) / At(total, 0.5):P0})");
        Console.WriteLine($"end of a grant -> its leaf refused by the API server: p50 {At(revoked, 0.5):0.0} ms, p95 {At(revoked, 0.95):0.0} ms, p99 {At(revoked, 0.99):0.0} ms");
        Directory.Delete(config, recursive: true);
        return 0;
    }

    private static async Task<(GrantView Grant, HttpClient Kubernetes)> UseAsync(HttpClient client, string requestId, string proof)
    {
        using var activate = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/access-requests/{requestId}/activate");
        activate.Headers.Add(StepUpActions.Header, proof);
        using var activated = (await client.SendAsync(activate)).EnsureSuccessStatusCode();
        var grant = (await activated.Content.ReadFromJsonAsync(GatewayJson.Default.PageGrantView))!.Items.Single();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"O=jit:{grant.Id}, CN={grant.Subject}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        using var issued = (await client.PostAsJsonAsync($"/api/v1/grants/{grant.Id}/credential", new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest)).EnsureSuccessStatusCode();
        var credential = (await issued.Content.ReadFromJsonAsync(GatewayJson.Default.CredentialResponse))!;

        var leaf = X509Certificate2.CreateFromPem(credential.Certificate, key.ExportPkcs8PrivateKeyPem());
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPem(credential.CertificateAuthority);
        var kubernetes = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust, ClientCertificates = [leaf] } })
        {
            BaseAddress = new Uri(credential.Server),
        };
        kubernetes.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var answer = (await kubernetes.GetAsync(Namespaces)).EnsureSuccessStatusCode();
        return (grant, kubernetes);
    }

    /// <summary>Gives the grant back, and asks the API server over the open connection until it refuses.</summary>
    private static async Task EndAsync(HttpClient client, GrantView grant, HttpClient kubernetes)
    {
        using var ended = (await client.PostAsync(new Uri($"/api/v1/grants/{grant.Id}/relinquish", UriKind.Relative), content: null)).EnsureSuccessStatusCode();
        HttpStatusCode status;
        do
        {
            using var answer = await kubernetes.GetAsync(Namespaces);
            status = answer.StatusCode;
        }
        while (status != HttpStatusCode.Forbidden);
    }

    private static double At(List<double> values, double quantile) => values.Order().ElementAt((int)(values.Count * quantile));

    internal static async Task<string> WriteConfigurationAsync(string demo)
    {
        var config = Directory.CreateTempSubdirectory("access-gateway-benchmark-").FullName;
        foreach (var (from, to) in new[] { ("cluster/ca.crt", "ca.crt"), ("cluster/ca.key", "ca.key"), ("config/gateway.kubeconfig", "gateway.kubeconfig") })
            File.Copy(Path.Combine(demo, from), Path.Combine(config, to));
        var server = (await File.ReadAllLinesAsync(Path.Combine(demo, "config", "cluster.yaml"))).First(line => line.TrimStart().StartsWith("server:", StringComparison.Ordinal)).Split("server:")[1].Trim().Trim('"');
        await File.WriteAllTextAsync(Path.Combine(config, "documents.yaml"), StandardDocuments.Yaml(new Uri(server), "{localCa: {certificate: ca.crt, key: ca.key}}"));
        return config;
    }

    /// <summary>Adds up the time of this process's HTTP calls to the API server, by .NET's own instrumentation.</summary>
    private sealed class ApiServerTime : IDisposable
    {
        private readonly ActivityListener _listener;
        private long _ticks;

        public ApiServerTime()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "System.Net.Http",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    if (activity.GetTagItem("server.address") as string == "127.0.0.1")
                        Interlocked.Add(ref _ticks, activity.Duration.Ticks);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public double Milliseconds => new TimeSpan(Interlocked.Read(ref _ticks)).TotalMilliseconds;

        public void Reset() => Interlocked.Exchange(ref _ticks, 0);

        public void Dispose() => _listener.Dispose();
    }
}
