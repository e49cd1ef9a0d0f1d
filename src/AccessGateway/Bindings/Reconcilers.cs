namespace AccessGateway.Bindings;

using System.Threading.Channels;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>The reconciler of each registered cluster, and the bell that wakes its loop.</summary>
internal sealed class Reconcilers(
    GatewayDocuments documents,
    ClusterConnections connections,
    IOptions<GatewayOptions> options,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<Reconciler> logger)
{
    private readonly Dictionary<string, (Lazy<Reconciler> Reconciler, Channel<bool> Bell)> _clusters = documents.Clusters.ToDictionary(
        cluster => cluster.Name,
        cluster => (
            new Lazy<Reconciler>(() => new Reconciler(cluster.Name, new ClusterBindings(connections.For(cluster.Name), options.Value.Name), scopes, logger)),
            Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite })));

    public bool Knows(string cluster) => _clusters.ContainsKey(cluster);

    public Reconciler For(string cluster) => _clusters[cluster].Reconciler.Value;

    /// <summary>Makes the cluster's loop run soon.</summary>
    public void Wake(string cluster) => _clusters[cluster].Bell.Writer.TryWrite(true);

    /// <summary>Sleeps until the bell rings or the time is up.</summary>
    public async Task WaitAsync(string cluster, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _clusters[cluster].Bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
