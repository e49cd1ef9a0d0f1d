namespace AccessGateway.Clusters;

using System.Diagnostics.Metrics;

/// <summary>When CAs end, as it was seen last: for the metric and the portal.</summary>
internal sealed class CaExpiry
{
    private volatile IReadOnlyList<CaEnd> _ends = [];

    public CaExpiry(IMeterFactory meters, TimeProvider clock)
    {
        meters.Create("AccessGateway").CreateObservableGauge(
            "access_gateway.ca.expiry", () => Measure(clock.GetUtcNow()), unit: "s", description: "Time until a CA that signs for a cluster ends; below zero afterwards.");
    }

    public IReadOnlyList<CaEnd> Ends => _ends;

    public void Saw(IReadOnlyList<CaEnd> ends) => _ends = ends;

    private IEnumerable<Measurement<double>> Measure(DateTimeOffset now) => _ends.Select(end => new Measurement<double>(
        (end.NotAfter - now).TotalSeconds, new KeyValuePair<string, object?>("cluster", end.Cluster), new KeyValuePair<string, object?>("state", end.State)));
}
