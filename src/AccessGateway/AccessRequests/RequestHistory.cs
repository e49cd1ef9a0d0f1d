namespace AccessGateway.AccessRequests;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>What happened to one request and to the grants it became: its audit events, for all who may see the request.</summary>
internal sealed class RequestHistory(GatewayDbContext db, AccessRequests requests)
{
    /// <summary>Oldest first, from beyond <paramref name="after"/> on.</summary>
    public async Task<Outcome<List<AuditEvent>>> ListAsync(Caller caller, string requestId, int take, long? after, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, requestId, cancellationToken);
        if (!found.Is(out _, out var unknown))
            return unknown;
        return await db.AuditEvents.AsNoTracking().Where(row => row.AccessRequestId == requestId && (after == null || row.Index > after))
            .OrderBy(row => row.Index).Take(take).ToListAsync(cancellationToken);
    }
}
