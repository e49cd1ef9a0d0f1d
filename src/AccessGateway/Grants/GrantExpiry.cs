namespace AccessGateway.Grants;

using System.Data.Common;
using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Writes down which grants have run out, many in one transaction: thousands may end in the same second. Several gateways at once
/// write each end only once (I7).</summary>
internal sealed class GrantExpiry(GatewayDbContext db, RequestEnds requests, AuditLog audit, TimeProvider clock)
{
    /// <summary>How many share a transaction: more would make others wait for the database.</summary>
    private const int Together = 250;

    /// <param name="cluster">Of one cluster alone; of all where missing.</param>
    public async Task ExpireDueAsync(CancellationToken cancellationToken, string? cluster = null)
    {
        var now = clock.GetUtcNow();
        for (var ended = 1; ended > 0;)
        {
            var due = await db.Grants.AsNoTracking()
                .Where(row => row.State == GrantState.Active && row.NotAfter <= now && (cluster == null || row.Cluster == cluster))
                .OrderBy(row => row.NotAfter).Take(Together)
                .Select(row => new Due(row.Id, row.Subject, row.AccessRequestId, row.Cluster))
                .ToListAsync(cancellationToken);
            if (due.Count == 0)
                return;
            ended = await TryExpireAsync(due, now, cancellationToken) ? due.Count : 0;
            // Where somebody else is at it too, one by one: each is then theirs or ours.
            foreach (var grant in ended == 0 && due.Count > 1 ? due : [])
                ended += await TryExpireAsync([grant], now, cancellationToken) ? 1 : 0;
            Failpoint.Reach("expire.after-commit");
        }
    }

    /// <summary>When the next active grant runs out; null where none is active.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken, string? cluster = null) => await db.Grants
        .Where(row => row.State == GrantState.Active && (cluster == null || row.Cluster == cluster))
        .MinAsync(row => (DateTimeOffset?)row.NotAfter, cancellationToken);

    /// <summary>All of them, or none.</summary>
    private async Task<bool> TryExpireAsync(IReadOnlyList<Due> due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = due.Select(grant => grant.Id).ToList();
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var won = await db.Grants.Where(row => ids.Contains(row.Id) && row.State == GrantState.Active && row.NotAfter <= now).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.State, GrantState.Expired).SetProperty(row => row.EndedAt, row => row.NotAfter).SetProperty(row => row.EndedBy, (string?)null), cancellationToken);
            if (won != due.Count)
                return false;
            foreach (var grant in due)
                audit.Add(AuditEvents.GrantExpired, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster);
            await requests.ExpireExtensionsAsync(ids, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (DbException) when (due.Count > 1)
        {
            // Two who take many rows in different orders: PostgreSQL lets one of them fail.
            return false;
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    private sealed record Due(string Id, string Subject, string AccessRequestId, string Cluster);
}
