namespace AccessGateway.KubeCalls;

using System.Diagnostics.Metrics;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Keeps what API servers tell of calls under grants, and drops the rest.</summary>
internal sealed class KubeAuditIntake(GatewayDbContext db, KubeAuditMetrics metrics, TimeProvider clock)
{
    /// <summary>Of one grant at most so many calls are kept, and so many streams besides: nobody fills the database, or hides an exec behind
    /// ten thousand lists.</summary>
    public const int MostOfAGrant = 10_000;

    private const int Tries = 3;

    /// <param name="cluster">Whose secret came with the events.</param>
    public async Task KeepAsync(string cluster, IReadOnlyList<KubeAuditEvent?> events, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var observed = events.Select(seen => ObservedCall.Of(cluster, seen, now)).OfType<ObservedCall>().ToList();
        var named = observed.Select(seen => seen.Call.GrantId).Distinct().ToList();
        var grants = named.Count == 0 ? [] : await db.Grants.Where(row => row.Cluster == cluster && named.Contains(row.Id)).Select(row => row.Id).ToHashSetAsync(cancellationToken);
        observed.RemoveAll(seen => !grants.Contains(seen.Call.GrantId));
        metrics.Count("dropped", events.Count - observed.Count);
        if (observed.Count == 0)
            return;
        for (var left = Tries; ; left--)
        {
            try
            {
                await SaveAsync(observed, cancellationToken);
                metrics.Count("kept", observed.Count);
                return;
            }
            catch (DbUpdateException) when (left > 1)
            {
                // Another replica was told of another stage of the same call at this moment.
                db.ChangeTracker.Clear();
            }
        }
    }

    private async Task SaveAsync(List<ObservedCall> observed, CancellationToken cancellationToken)
    {
        var ids = observed.Select(seen => seen.Call.Id).Distinct().ToList();
        var calls = await db.KubeCalls.Where(row => ids.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);
        var grants = observed.Select(seen => seen.Call.GrantId).Distinct().ToList();
        var counts = await db.KubeCalls.Where(row => grants.Contains(row.GrantId)).GroupBy(row => new { row.GrantId, row.IsStream })
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => (group.Key.GrantId, group.Key.IsStream), group => group.Count, cancellationToken);
        foreach (var (call, stage) in observed)
        {
            if (calls.TryGetValue(call.Id, out var known))
            {
                known.Note(stage);
                continue;
            }

            var before = counts.GetValueOrDefault((call.GrantId, call.IsStream));
            if (before >= MostOfAGrant)
                continue;
            counts[(call.GrantId, call.IsStream)] = before + 1;
            db.KubeCalls.Add(calls[call.Id] = call);
        }

        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }
}

/// <summary>How many audit events of API servers came in.</summary>
internal sealed class KubeAuditMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _events = meters.Create("AccessGateway").CreateCounter<long>(
        "access_gateway.kube_audit.events", unit: "{event}", description: "Audit events of API servers, by what became of them.");

    private readonly Counter<long> _refused = meters.Create("AccessGateway").CreateCounter<long>(
        "access_gateway.kube_audit.refused", unit: "{request}", description: "Calls of the audit webhook without the cluster's secret.");

    public void Count(string outcome, int events) => _events.Add(events, new KeyValuePair<string, object?>("outcome", outcome));

    public void CountRefused() => _refused.Add(1);
}
