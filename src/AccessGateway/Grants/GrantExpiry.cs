namespace AccessGateway.Grants;

using System.Data.Common;
using System.Runtime.CompilerServices;
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
    private const int Together = 100;

    /// <summary>Writes down all that have run out.</summary>
    /// <param name="cluster">Of one cluster alone; of all where missing.</param>
    public async Task ExpireDueAsync(CancellationToken cancellationToken, string? cluster = null)
    {
        await foreach (var _ in ExpiringAsync(cluster, cancellationToken))
        {
        }
    }

    /// <summary>Writes down what has run out, in lots, each when it is asked for.</summary>
    /// <param name="cluster">Of one cluster alone; of all where missing.</param>
    /// <returns>Those whose end was written down here, and not by another gateway; their state is that of before.</returns>
    public async IAsyncEnumerable<IReadOnlyList<Grant>> ExpiringAsync(string? cluster, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var due = await db.Grants.AsNoTracking()
                .Where(row => row.State == GrantState.Active && row.NotAfter <= now && (cluster == null || row.Cluster == cluster))
                .OrderBy(row => row.NotAfter).Take(Together)
                .ToListAsync(cancellationToken);
            if (due.Count == 0)
                yield break;
            var ended = await TryExpireAsync(due, now, cancellationToken) ? due : [];
            // Where somebody else is at it too, one by one: each is then theirs or ours.
            foreach (var grant in ended.Count == 0 && due.Count > 1 ? due : [])
            {
                if (await TryExpireAsync([grant], now, cancellationToken))
                    ended.Add(grant);
            }

            Failpoint.Reach("expire.after-commit");
            if (ended.Count == 0)
                yield break;
            yield return ended.Exists(grant => grant.HasPatterns) ? await AgainAsync(ended, cancellationToken) : ended;
        }
    }

    /// <summary>When the next active grant runs out; null where none is active.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken, string? cluster = null) => await db.Grants
        .Where(row => row.State == GrantState.Active && (cluster == null || row.Cluster == cluster))
        .MinAsync(row => (DateTimeOffset?)row.NotAfter, cancellationToken);

    /// <summary>What patterns match was followed until the end was written down, maybe after they were read; now it changes no more.</summary>
    private async Task<List<Grant>> AgainAsync(List<Grant> ended, CancellationToken cancellationToken)
    {
        var ids = ended.Select(grant => grant.Id).ToList();
        return await db.Grants.AsNoTracking().Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken);
    }

    /// <summary>All of them, or none.</summary>
    private async Task<bool> TryExpireAsync(List<Grant> due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = due.Select(grant => grant.Id).ToList();
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var won = await db.Grants.Where(row => ids.Contains(row.Id) && row.State == GrantState.Active && row.NotAfter <= now).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.State, GrantState.Expired).SetProperty(row => row.EndedAt, row => row.NotAfter).SetProperty(row => row.EndedBy, (string?)null), cancellationToken);
            if (won != due.Count)
                return false;
            await db.AppendAsync(
                [.. due.Select(grant => audit.Of(AuditEvents.GrantExpired, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster))],
                cancellationToken);
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
}
