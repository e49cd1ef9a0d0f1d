namespace AccessGateway.Audit;

using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Reading the audit log: auditors all of it, everyone else what they did or what concerns them.</summary>
internal sealed class AuditTrail(GatewayDbContext db)
{
    /// <summary>Oldest first (or newest first), from beyond <paramref name="after"/> on.</summary>
    public async Task<IReadOnlyList<AuditEvent>> ListAsync(Caller caller, AuditFilter filter, int take, long? after, CancellationToken cancellationToken)
    {
        var query = db.AuditEvents.AsNoTracking();
        if (!caller.IsAuditor)
            query = query.Where(row => row.Actor == caller.Name || row.Concerns == caller.Name);
        if (filter.GrantId is { } grant)
            query = query.Where(row => row.GrantId == grant);
        if (filter.AccessRequestId is { } request)
            query = query.Where(row => row.AccessRequestId == request);
        if (filter.Type is { } type)
            query = query.Where(row => row.Type == type);
        if (filter.Person is { } person)
            query = query.Where(row => row.Actor == person || row.Concerns == person);
        if (filter.Cluster is { } cluster)
            query = query.Where(row => row.Cluster == cluster || ("," + row.Cluster + ",").Contains("," + cluster + ","));
        query = filter.NewestFirst
            ? query.Where(row => after == null || row.Index < after).OrderByDescending(row => row.Index)
            : query.Where(row => after == null || row.Index > after).OrderBy(row => row.Index);
        return await query.Take(take).ToListAsync(cancellationToken);
    }
}

/// <summary>Which events a list shows; null is no condition.</summary>
internal sealed record AuditFilter(string? GrantId, string? AccessRequestId, string? Type, string? Person, string? Cluster, bool NewestFirst);
