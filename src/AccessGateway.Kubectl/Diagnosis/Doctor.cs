namespace AccessGateway.Kubectl.Diagnosis;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Gateway;
using AccessGateway.Kubectl.Kubeconfig;
using AccessGateway.Kubectl.Login;

internal sealed record Finding(string Check, bool Good, string Detail);

/// <summary>The examinations. One that fails does not keep the next from being made.</summary>
internal sealed class Doctor(Invocation invocation)
{
    /// <summary>Half a TOTP step, and well within what a leaf is dated back.</summary>
    private static readonly TimeSpan TolerableDifference = TimeSpan.FromSeconds(15);

    private readonly List<Finding> _findings = [];
    private readonly List<ClusterChecksView> _clusters = [];

    /// <summary>What the gateway found at clusters.</summary>
    public IReadOnlyList<ClusterChecksView> Clusters => _clusters;

    /// <param name="cluster">Also this cluster; every one where missing and an administrator asks.</param>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(string? cluster, CancellationToken cancellation)
    {
        Me? me = null;
        if (ReadConfig() is { } config && await ReachAsync(config, cancellation) is { } answer)
        {
            CompareClocks(answer);
            me = await LogInAsync(cancellation);
        }

        FindProgram("kubectl", "kubectl");
        FindProgram("plugin", "kubectl-access");
        if (me is not null)
            await LookAtClustersAsync(me, cluster, cancellation);
        return _findings;
    }

    private PluginConfig? ReadConfig()
    {
        try
        {
            var config = PluginConfig.Require(invocation.Environment.Paths);
            Add("config", true, config.CertificateAuthority is null ? config.Server : $"{config.Server} (with its own CA)");
            return config;
        }
        catch (CommandFailedException e)
        {
            Add("config", false, e.Message);
            return null;
        }
    }

    private async Task<GatewayAnswer?> ReachAsync(PluginConfig config, CancellationToken cancellation)
    {
        try
        {
            using var transport = new GatewayTransport(config);
            var answer = await transport.SendAsync(HttpMethod.Get, "/healthz", null, new Dictionary<string, string>(), cancellation);
            Add("server", answer.IsSuccess, answer.IsSuccess ? "reachable, TLS good" : $"reachable, TLS good, but its health check answers {answer.Status}");
            return answer;
        }
        catch (CommandFailedException e)
        {
            Add("server", false, e.Message);
            return null;
        }
    }

    private void CompareClocks(GatewayAnswer answer)
    {
        if (answer.Date is not { } theirs)
        {
            Add("clock", false, "the server does not tell its time");
            return;
        }

        var difference = invocation.Now - theirs;
        var seconds = (long)Math.Abs(difference.TotalSeconds);
        var direction = difference > TimeSpan.Zero ? "ahead of" : "behind";
        Add("clock", difference.Duration() <= TolerableDifference, seconds <= 1 ? "agrees with the server's" : $"{seconds}s {direction} the server's");
    }

    private async Task<Me?> LogInAsync(CancellationToken cancellation)
    {
        try
        {
            var me = await invocation.Gateway.MeAsync(cancellation);
            Add("login", true, me.Name);
            return me;
        }
        catch (CommandFailedException e)
        {
            Add("login", false, e.Message);
            return null;
        }
    }

    /// <summary>The gateway looks; whoever may not have it look is asked about no cluster, unless they name one.</summary>
    private async Task LookAtClustersAsync(Me me, string? cluster, CancellationToken cancellation)
    {
        try
        {
            IEnumerable<string> names = cluster is not null ? [cluster] : me.Administrator ? (await invocation.Gateway.ClustersAsync(cancellation)).Select(known => known.Name) : [];
            foreach (var name in names)
                await LookAtAsync(name, cancellation);
        }
        catch (CommandFailedException e)
        {
            Add("clusters", false, e.Message);
        }
    }

    private async Task LookAtAsync(string cluster, CancellationToken cancellation)
    {
        try
        {
            _clusters.Add(await invocation.Gateway.ClusterChecksAsync(cluster, cancellation));
        }
        catch (CommandFailedException e)
        {
            Add("clusters", false, $"{cluster}: {e.Message}");
        }
    }

    private void FindProgram(string check, string name)
    {
        var path = Programs.Find(name, invocation.Environment.Variable);
        Add(check, path is not null, path ?? $"there is no {name} on PATH");
    }

    private void Add(string check, bool good, string detail) => _findings.Add(new(check, good, detail));
}
