namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using System.Threading.Channels;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>The reconciler of each registered cluster, and the bell that wakes its loop. One that is registered no more stays until
/// its loop has cleaned up behind it.</summary>
internal sealed class Reconcilers(CurrentDocuments documents, ClusterConnections connections, IOptions<GatewayOptions> options, IServiceScopeFactory scopes, ILogger<Reconciler> logger)
{
    private readonly ConcurrentDictionary<string, Entry> _clusters = new(StringComparer.Ordinal);

    public bool Knows(string cluster) => documents.Current.Cluster(cluster) is not null || _clusters.ContainsKey(cluster);

    public Reconciler For(string cluster) => Find(cluster).Reconciler;

    /// <summary>Makes the cluster's loop run soon.</summary>
    public void Wake(string cluster) => Find(cluster).Bell.Writer.TryWrite(true);

    /// <summary>Drops a cluster that is registered no more.</summary>
    public void Forget(string cluster)
    {
        if (documents.Current.Cluster(cluster) is not null)
            return;
        _clusters.TryRemove(cluster, out _);
        connections.Forget(cluster);
    }

    /// <summary>Sleeps until the bell rings or the time is up.</summary>
    public async Task WaitAsync(string cluster, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await Find(cluster).Bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private Entry Find(string cluster) => _clusters.GetOrAdd(cluster, name => new Entry(new Reconciler(
        name, new ClusterBindings(() => connections.For(name), options.Value.Name), new ClusterRoles(() => connections.For(name), options.Value.Name), scopes, logger)));

    private sealed record Entry(Reconciler Reconciler)
    {
        public Channel<bool> Bell { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    }
}
