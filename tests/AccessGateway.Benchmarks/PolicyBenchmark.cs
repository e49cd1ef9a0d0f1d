namespace AccessGateway.Benchmarks;

using System.Globalization;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Testing;

/// <summary>
/// Reading 1,000 documents of policies (and 50 clusters) from a folder, and deciding by them, one after the other on one core, for
/// 100,000 users who are in 8 of 500 groups each. In processor time of the whole process, so that what else runs on the machine
/// counts little. Beside it the decision without the index, which is what it must agree with.
/// </summary>
internal static class PolicyBenchmark
{
    private const int PolicyCount = 1000;
    private const int ClusterCount = 50;
    private const int GroupCount = 500;
    private const int UserCount = 100_000;
    private const int Decisions = 200_000;
    private const int Reloads = 5;

    public static int Run()
    {
        var folder = Directory.CreateTempSubdirectory("access-gateway-policies-").FullName;
        Write(folder);
        var times = new List<double>();
        var read = DocumentFolder.Read(folder);
        for (var i = 0; i < Reloads; i++)
        {
            var start = Environment.CpuUsage.TotalTime;
            read = DocumentFolder.Read(folder);
            times.Add((Environment.CpuUsage.TotalTime - start).TotalMilliseconds);
        }

        var looked = Environment.CpuUsage.TotalTime;
        DocumentFolder.Look(folder, read.Named);
        Console.WriteLine($"reading {PolicyCount + ClusterCount} documents: median {times.Order().ElementAt(Reloads / 2):0} ms, a look that finds nothing changed {(Environment.CpuUsage.TotalTime - looked).TotalMilliseconds:0} ms");
        Directory.Delete(folder, recursive: true);

        var documents = read.Documents ?? throw new DocumentException(read.Errors);
        var users = Enumerable.Range(0, UserCount).Select(user => new PersonFacts($"user{user}", [.. Enumerable.Range(0, 8).Select(n => $"g{(user * 31 + n * 67) % GroupCount}")])).ToArray();
        var byIndex = Rate(documents.Policies, documents, users, Decisions, out var granted);
        Console.WriteLine($"decisions with {PolicyCount} policies and {UserCount} users, on one core: {byIndex:N0} a second ({granted:P0} not denied)");
        Console.WriteLine($"without the index: {Rate([.. documents.Policies], documents, users, Decisions / 100, out _):N0} a second");
        return 0;
    }

    private static double Rate(IReadOnlyList<AccessPolicy> policies, GatewayDocuments documents, PersonFacts[] users, int count, out double granted)
    {
        var now = TimeProvider.System.GetUtcNow();
        Decide(count / 10);
        var start = Environment.CpuUsage.TotalTime;
        granted = Decide(count) / (double)count;
        return count / (Environment.CpuUsage.TotalTime - start).TotalSeconds;

        int Decide(int times)
        {
            var allowed = 0;
            for (var i = 0; i < times; i++)
            {
                var cluster = documents.Clusters[i % ClusterCount];
                var facts = new RequestFacts([cluster.Facts], users[i * 7919 % UserCount], $"role{i % 3}", [], TimeSpan.FromMinutes(10), "INC-1 disk full", now);
                allowed += AccessPolicy.Decide(policies, facts) is Decision.Denied ? 0 : 1;
            }

            return allowed;
        }
    }

    private static void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "ca.crt"), StandardDocuments.SomeCertificate);
        File.WriteAllText(Path.Combine(folder, "gateway.kubeconfig"), StandardDocuments.Kubeconfig);
        for (var i = 0; i < ClusterCount; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"cluster{i}.yaml"), string.Create(CultureInfo.InvariantCulture, $$$"""
                apiVersion: access-gateway/v1
                kind: Cluster
                metadata: {name: cluster{{{i}}}, labels: {tier: tier{{{i % 5}}}}}
                spec:
                  server: https://127.0.0.1:6443
                  certificateAuthority: {file: ca.crt}
                  credentials: {kubeconfig: gateway.kubeconfig}
                  signer: {localCa: {}}
                """));
        }

        for (var i = 0; i < PolicyCount; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"policy{i}.yaml"), string.Create(CultureInfo.InvariantCulture, $$$"""
                apiVersion: access-gateway/v1
                kind: AccessPolicy
                metadata: {name: policy{{{i}}}}
                spec:
                  clusters: {labels: {tier: tier{{{i % 5}}}}}
                  requesters: {groups: [g{{{i % GroupCount}}}, g{{{i * 13 % GroupCount}}}, g{{{i * 29 % GroupCount}}}]}
                  roles:
                    - {name: role0, clusterRole: view, scope: cluster, maxDuration: 8h, approval: automatic}
                    - {name: role1, clusterRole: edit, scope: cluster, maxDuration: 4h, approval: [{required: 1, reviewers: {groups: [g{{{i * 3 % GroupCount}}}]}}]}
                    - {name: role2, clusterRole: cluster-admin, privileged: true, scope: cluster, maxDuration: 1h}
                  reason: {required: true, minLength: 5, pattern: 'INC-\d+'}
                  hours: {days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], from: '00:00', to: '00:00', timeZone: Europe/Berlin}
                """));
        }
    }
}
