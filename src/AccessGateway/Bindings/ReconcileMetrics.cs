namespace AccessGateway.Bindings;

using System.Diagnostics.Metrics;
using AccessGateway.Contracts;

/// <summary>What the reconciler tells of itself. The labels are the names of clusters and words of this file: as few as the documents
/// name, whatever people do.</summary>
internal sealed class ReconcileMetrics
{
    private readonly Histogram<double> _unbound;
    private readonly Histogram<double> _passes;
    private readonly Counter<long> _orphans;
    private readonly Counter<long> _drift;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _bound;

    public ReconcileMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("AccessGateway");
        _unbound = meter.CreateHistogram(
            "access_gateway.bindings.unbound_after", "s", "From the end of a grant until its binding was seen gone.", advice: Buckets(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600));
        _passes = meter.CreateHistogram(
            "access_gateway.bindings.pass_duration", "s", "One comparison of a cluster with the grants, and what it took to make them equal.", advice: Buckets(0.01, 0.05, 0.1, 0.5, 1, 5, 20, 60));
        _orphans = meter.CreateCounter<long>("access_gateway.bindings.orphans_removed", "{object}", "Bindings and roles of no active grant, removed.");
        _drift = meter.CreateCounter<long>("access_gateway.bindings.drift_repaired", "{object}", "Bindings and roles that somebody else changed, made afresh.");
        _errors = meter.CreateCounter<long>("access_gateway.bindings.errors", "{error}", "Passes that failed, grants that could not be bound, ends that could not be unbound, watches that broke.");
        _bound = meter.CreateCounter<long>("access_gateway.bindings.bound", "{grant}", "Grants that were bound.");
    }

    public void Unbound(string cluster, GrantState end, TimeSpan afterEnd) => _unbound.Record(
        afterEnd.TotalSeconds, new("cluster", cluster), new("end", end switch { GrantState.Expired => "expired", GrantState.Revoked => "revoked", _ => "relinquished" }));

    public void Passed(string cluster, TimeSpan duration) => _passes.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("cluster", cluster));

    public void OrphanRemoved(string cluster) => _orphans.Add(1, new KeyValuePair<string, object?>("cluster", cluster));

    public void DriftRepaired(string cluster) => _drift.Add(1, new KeyValuePair<string, object?>("cluster", cluster));

    public void PassFailed(string cluster) => Error(cluster, "pass");

    public void BindFailed(string cluster) => Error(cluster, "bind");

    public void UnbindFailed(string cluster) => Error(cluster, "unbind");

    public void WatchFailed(string cluster) => Error(cluster, "watch");

    public void Bound(string cluster, int grants) => _bound.Add(grants, new KeyValuePair<string, object?>("cluster", cluster));

    private void Error(string cluster, string what) => _errors.Add(1, new("cluster", cluster), new("what", what));

    private static InstrumentAdvice<double> Buckets(params IReadOnlyList<double> seconds) => new() { HistogramBucketBoundaries = seconds };
}
