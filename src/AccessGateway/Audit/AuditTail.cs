namespace AccessGateway.Audit;

using System.Collections.Concurrent;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Reads the log from a place on, so that nothing is passed over. PostgreSQL gives indexes when an event is inserted, not when it
/// commits: behind a missing index there may be an event that is still to come. A gap is passed only when every transaction that
/// was running when the gap was first seen has ended. SQLite has one writer and no such gaps.
/// </summary>
internal sealed class AuditTail(TimeProvider clock)
{
    /// <summary>No transaction of the gateway lasts so long: an older gap is passed whatever the database says.</summary>
    public static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<long, long> _gaps = new();

    /// <summary>Events after <paramref name="after"/>, oldest first, as far as nothing can come before them any more.</summary>
    public async Task<IReadOnlyList<AuditEvent>> ReadAsync(GatewayDbContext db, long after, int take, CancellationToken cancellationToken)
    {
        var events = await db.AuditEvents.AsNoTracking().Where(row => row.Index > after).OrderBy(row => row.Index).Take(take).ToListAsync(cancellationToken);
        if (db.Database.ProviderName?.Contains("Npgsql", StringComparison.Ordinal) != true)
            return events;
        var settled = 0;
        for (; settled < events.Count; settled++)
        {
            var before = settled == 0 ? after : events[settled - 1].Index;
            if (events[settled].Index != before + 1 && !await IsClosedAsync(db, before + 1, events[settled], cancellationToken))
                break;
        }

        return events.GetRange(0, settled);
    }

    private async Task<bool> IsClosedAsync(GatewayDbContext db, long missing, AuditEvent next, CancellationToken cancellationToken)
    {
        var transactions = await db.Database
            .SqlQuery<Running>($"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS \"Oldest\", pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS \"Next\"")
            .SingleAsync(cancellationToken);
        var closedBy = _gaps.GetOrAdd(missing, transactions.Next);
        // The one at the first look has ended only if it is looked at again: it may have had no number yet.
        var closed = (closedBy != transactions.Next && transactions.Oldest >= closedBy) || next.At < clock.GetUtcNow() - LongestTransaction;
        if (closed)
            _gaps.TryRemove(missing, out _);
        return closed;
    }

    /// <param name="Oldest">The oldest transaction that is running; all before it have ended.</param>
    /// <param name="Next">The number that the next one gets.</param>
    private sealed record Running(long Oldest, long Next);
}
