namespace AccessGateway.Bindings;

using AccessGateway.Clusters;
using Microsoft.Extensions.Logging;

/// <summary>What becomes known of a pass: the cluster's health, metrics, the log.</summary>
internal sealed partial class ReconcileReports(ClusterHealth health, ReconcileMetrics metrics, ILogger<ReconcileLoop> logger)
{
    /// <param name="failures">How many passes had failed before.</param>
    public void Passed(string cluster, TimeSpan took, int failures)
    {
        health.Note(cluster, healthy: true);
        metrics.Passed(cluster, took);
        if (failures > 0)
            LogBack(cluster, failures);
    }

    public void Failed(string cluster)
    {
        health.Note(cluster, healthy: false);
        metrics.PassFailed(cluster);
    }

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} is reconciled again after {Failures} failures.")]
    private partial void LogBack(string cluster, int failures);
}
