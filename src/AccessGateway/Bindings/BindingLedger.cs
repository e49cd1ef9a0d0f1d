namespace AccessGateway.Bindings;

using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.KubeCalls;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>What the database knows of bindings: which grants must be bound, and which were seen bound and unbound, each written
/// once with its audit event whoever sees it first. Many share a transaction.</summary>
internal sealed class BindingLedger(GatewayDbContext db, KubeCalls calls, AuditLog audit, ReconcileMetrics metrics, TimeProvider clock)
{
    /// <summary>How many grants are read, or written, at a time: enough that a transaction is cheap beside the calls of so many, few enough that no
    /// call waits long for the first to be read or the last to be written.</summary>
    public const int Together = 100;

    /// <summary>Desired state: the cluster's grants whose end is not written down. One that ran out a moment ago counts until it is,
    /// so that its binding never goes before the event that says why; nothing is created for it any more.</summary>
    public async Task<IReadOnlyList<Grant>> ActiveAsync(string cluster, CancellationToken cancellationToken) => await db.Grants.AsNoTracking()
        .Where(grant => grant.Cluster == cluster && grant.State == GrantState.Active)
        .ToListAsync(cancellationToken);

    /// <summary>Which of these are active right now; asked again immediately before they are bound.</summary>
    public async Task<IReadOnlySet<string>> ActiveOfAsync(IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = grants.Select(grant => grant.Id).ToList();
        return (await db.Grants.Where(grant => ids.Contains(grant.Id) && grant.State == GrantState.Active && grant.NotAfter > now).Select(grant => grant.Id).ToListAsync(cancellationToken))
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Which of these are active no more.</summary>
    public async Task<IReadOnlyList<Grant>> OverAsync(IReadOnlyList<Grant> grants, CancellationToken cancellationToken)
    {
        if (grants.Count == 0)
            return [];
        var active = await ActiveOfAsync(grants, cancellationToken);
        return [.. grants.Where(grant => !active.Contains(grant.Id))];
    }

    /// <summary>The grant as it is now; null where it is not active.</summary>
    public async Task<Grant?> FindActiveAsync(string grantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await db.Grants.AsNoTracking().FirstOrDefaultAsync(grant => grant.Id == grantId && grant.State == GrantState.Active && grant.NotAfter > now, cancellationToken);
    }

    /// <summary>The grant as it is now, whatever its state.</summary>
    public Task<Grant> ReadAsync(string grantId, CancellationToken cancellationToken) => db.Grants.AsNoTracking().SingleAsync(grant => grant.Id == grantId, cancellationToken);

    public Task<bool> IsActiveAsync(string grantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return db.Grants.AnyAsync(grant => grant.Id == grantId && grant.State == GrantState.Active && grant.NotAfter > now, cancellationToken);
    }

    /// <summary>Whether the grant has ended, and its binding was not seen gone before that instant.</summary>
    public Task<bool> EndedSinceAsync(string grantId, DateTimeOffset instant, CancellationToken cancellationToken) =>
        db.Grants.AnyAsync(grant => grant.Id == grantId && grant.State != GrantState.Active && (grant.UnboundAt == null || grant.UnboundAt >= instant), cancellationToken);

    /// <summary>Ended grants whose binding nobody has seen gone yet.</summary>
    /// <param name="last">Those after this one.</param>
    public async Task<IReadOnlyList<Grant>> UncleanAsync(string cluster, string last, CancellationToken cancellationToken) => await db.Grants.AsNoTracking()
        .Where(grant => grant.Cluster == cluster && grant.State != GrantState.Active && grant.UnboundAt == null && string.Compare(grant.Id, last) > 0)
        .OrderBy(grant => grant.Id).Take(Together)
        .ToListAsync(cancellationToken);

    /// <summary>Whether the cluster holds, or may hold, something of a grant.</summary>
    public Task<bool> AnythingLeftAsync(string cluster, CancellationToken cancellationToken) =>
        db.Grants.AnyAsync(grant => grant.Cluster == cluster && (grant.State == GrantState.Active || grant.UnboundAt == null), cancellationToken);

    /// <param name="places">Where its bindings stand.</param>
    /// <returns>Those that were active still when it was written down; of the others nobody knows.</returns>
    public async Task<IReadOnlySet<Grant>> NoteBoundAsync(IReadOnlyList<Grant> grants, Func<Grant, string> places, CancellationToken cancellationToken)
    {
        var active = new HashSet<Grant>();
        foreach (var some in grants.Chunk(Together))
        {
            if (await TryNoteBoundAsync(some, places, whileActive: true, cancellationToken))
            {
                active.UnionWith(some);
                continue;
            }

            // Somebody else saw one of them too, or ended it: each by itself is theirs or ours.
            foreach (var grant in some)
                await TryNoteBoundAsync([grant], places, whileActive: false, cancellationToken);
        }

        return active;
    }

    /// <param name="places">Where its bindings stood.</param>
    public async Task NoteUnboundAsync(IReadOnlyList<Grant> grants, Func<Grant, string> places, CancellationToken cancellationToken)
    {
        foreach (var some in grants.Chunk(Together))
        {
            if (await TryNoteUnboundAsync(some, places, cancellationToken) || some.Length == 1)
                continue;
            foreach (var grant in some)
                await TryNoteUnboundAsync([grant], places, cancellationToken);
        }
    }

    /// <summary>An event without a change of state in the database.</summary>
    public async Task NoteAsync(string type, string cluster, string grantId, CancellationToken cancellationToken, params (string Name, string? Value)[] details)
    {
        audit.Add(type, AuditEvents.Gateway, grantId: grantId.Length == 0 ? null : grantId, cluster: cluster, details: details);
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    /// <summary>All of them, or none.</summary>
    private async Task<bool> TryNoteBoundAsync(Grant[] grants, Func<Grant, string> places, bool whileActive, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = grants.Select(grant => grant.Id).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var unnoted = db.Grants.Where(row => ids.Contains(row.Id) && row.BoundAt == null);
        if (whileActive)
            unnoted = unnoted.Where(row => row.State == GrantState.Active && row.NotAfter > now);
        if (await unnoted.ExecuteUpdateAsync(set => set.SetProperty(row => row.BoundAt, now), cancellationToken) != ids.Count)
            return false;
        await db.AppendAsync(
            [.. grants.Select(grant => audit.Of(AuditEvents.BindingCreated, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("bindings", places(grant))))],
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        metrics.Bound(grants[0].Cluster, grants.Length);
        return true;
    }

    /// <summary>All of them, or none. How late it is comes from the row: whoever hands a grant in may have read it before its end.</summary>
    private async Task<bool> TryNoteUnboundAsync(Grant[] grants, Func<Grant, string> places, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var ids = grants.Select(grant => grant.Id).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Grants.Where(row => ids.Contains(row.Id) && row.UnboundAt == null && row.State != GrantState.Active)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UnboundAt, now), cancellationToken) != ids.Count)
            return false;
        var ends = await db.Grants.Where(row => ids.Contains(row.Id)).Select(row => new { row.Id, row.State, At = row.EndedAt ?? row.NotAfter }).ToDictionaryAsync(row => row.Id, cancellationToken);
        // Kubernetes lets open exec and watch streams go on: who reads the end must know.
        var open = await calls.CountOpenAtEndAsync(grants[0].Cluster, ids, cancellationToken);
        var events = grants.Select(grant => audit.Of(
            AuditEvents.BindingRemoved, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
            ("bindings", places(grant)),
            ("secondsAfterEnd", (now - ends[grant.Id].At).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)),
            ("openStreams", open?.GetValueOrDefault(grant.Id).ToString(CultureInfo.InvariantCulture))));
        await db.AppendAsync([.. events], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var grant in grants)
            metrics.Unbound(grant.Cluster, ends[grant.Id].State, now - ends[grant.Id].At);
        return true;
    }
}
