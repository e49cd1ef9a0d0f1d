namespace AccessGateway.Audit;

using System.Text.Json;
using AccessGateway.Persistence;

/// <summary>Adds events to the unit of work of the change they describe: both commit, or neither.</summary>
internal sealed class AuditLog(GatewayDbContext db, TimeProvider clock)
{
    /// <summary>Adds an event; the caller commits it together with the change.</summary>
    public void Add(
        string type,
        string actor,
        string? concerns = null,
        string? accessRequestId = null,
        string? grantId = null,
        string? cluster = null,
        params ReadOnlySpan<(string Name, string? Value)> details) => db.AuditEvents.Add(Of(type, actor, concerns, accessRequestId, grantId, cluster, details));

    /// <summary>An event of now, for a caller who adds many at once.</summary>
    public AuditEvent Of(
        string type,
        string actor,
        string? concerns = null,
        string? accessRequestId = null,
        string? grantId = null,
        string? cluster = null,
        params ReadOnlySpan<(string Name, string? Value)> details)
    {
        if (!AuditEvents.All.Contains(type))
            throw new ArgumentException($"{type} is not in the audit catalogue.", nameof(type));

        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in details)
        {
            if (value is not null)
                facts[name] = value;
        }

        return new AuditEvent
        {
            At = clock.GetUtcNow(),
            Type = type,
            Actor = actor,
            Concerns = concerns,
            AccessRequestId = accessRequestId,
            GrantId = grantId,
            Cluster = cluster,
            Details = JsonSerializer.Serialize(facts),
        };
    }
}
