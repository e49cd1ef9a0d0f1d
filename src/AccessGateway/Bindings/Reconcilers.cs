namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>The reconciler of each registered cluster, with what wakes its loop. One that is registered no more stays until its loop has cleaned up behind it.</summary>
internal sealed class Reconcilers(CurrentDocuments documents, ClusterConnections connections, IOptions<GatewayOptions> options, IServiceProvider services)
{
    private readonly ConcurrentDictionary<string, Entry> _clusters = new(StringComparer.Ordinal);

    public bool Knows(string cluster) => IsRegistered(cluster) || _clusters.ContainsKey(cluster);

    public bool IsRegistered(string cluster) => documents.Current.Cluster(cluster) is not null;

    public Reconciler For(string cluster) => Find(cluster).Reconciler;

    public LoopBell BellOf(string cluster) => Find(cluster).Bell;

    /// <summary>How many grants are bound in a hurry at a time.</summary>
    public SemaphoreSlim BindingDoorOf(string cluster) => Find(cluster).BindingDoor;

    /// <summary>How many are unbound: they wait for none that is bound, for an API server may take long to make things and not to delete them (I2).</summary>
    public SemaphoreSlim UnbindingDoorOf(string cluster) => Find(cluster).UnbindingDoor;

    public ClusterWatch WatchOf(string cluster) => Find(cluster).Watch;

    public EndsLoop EndsOf(string cluster) => new(cluster, this, services.GetRequiredService<ReconcileMetrics>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ReconcileLoop>>());

    /// <summary>Drops a cluster that is registered no more.</summary>
    public void Forget(string cluster)
    {
        if (IsRegistered(cluster))
            return;
        _clusters.TryRemove(cluster, out _);
        connections.Forget(cluster);
    }

    private Entry Find(string cluster) => _clusters.GetOrAdd(cluster, Make);

    private Entry Make(string cluster)
    {
        var (metrics, clock, logger) = (services.GetRequiredService<ReconcileMetrics>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<Reconciler>>());
        var bell = new LoopBell();
        var echoes = new OwnEchoes(bell);
        var interest = new PatternInterest(bell);
        var parts = ClusterParts.Of(cluster, options.Value.Name, bell, echoes, interest, services);
        var reconciler = new Reconciler(cluster, parts, services.GetRequiredService<IServiceScopeFactory>(), clock, logger);
        var source = new WatchSource(cluster, () => connections.For(cluster), options.Value.Name, () => documents.Current.Cluster(cluster) is { } known && documents.Current.OfferOwnRules(known), Hear);
        return new Entry(reconciler, bell, new ClusterWatch(source, echoes, metrics, clock, services.GetRequiredService<ILogger<ClusterWatch>>()), new SemaphoreSlim(GrantBindings.AtOnce), new SemaphoreSlim(GrantBindings.AtOnce));

        void Hear(WatchedEvent told)
        {
            if (told.Resource == Resources.Namespaces)
                interest.Hear(told);
            else
                echoes.Hear(told);
        }
    }

    private sealed record Entry(Reconciler Reconciler, LoopBell Bell, ClusterWatch Watch, SemaphoreSlim BindingDoor, SemaphoreSlim UnbindingDoor);
}
