namespace AccessGateway.Bindings;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.KubeCalls;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>What the database knows of bindings: which grants must be bound, and which were seen bound and unbound, each written
/// once with its audit event whoever sees it first.</summary>
internal sealed class BindingLedger(GatewayDbContext db, KubeCalls calls, AuditLog audit, TimeProvider clock)
{
    /// <summary>Desired state: the cluster's grants whose end is not written down. One that ran out a moment ago counts until it is,
    /// so that its binding never goes before the event that says why; nothing is created for it any more.</summary>
    public async Task<IReadOnlyList<Grant>> ActiveAsync(string cluster, CancellationToken cancellationToken) => await db.Grants.AsNoTracking()
        .Where(grant => grant.Cluster == cluster && grant.State == GrantState.Active)
        .ToListAsync(cancellationToken);

    /// <summary>Whether one grant is active right now; asked again immediately before it is bound.</summary>
    public async Task<bool> IsActiveAsync(string grantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await db.Grants.AnyAsync(grant => grant.Id == grantId && grant.State == GrantState.Active && grant.NotAfter > now, cancellationToken);
    }

    /// <summary>Ended grants whose binding nobody has seen gone yet.</summary>
    public async Task<IReadOnlyList<Grant>> UncleanAsync(string cluster, CancellationToken cancellationToken) => await db.Grants.AsNoTracking()
        .Where(grant => grant.Cluster == cluster && grant.State != GrantState.Active && grant.UnboundAt == null)
        .ToListAsync(cancellationToken);

    public Task NoteBoundAsync(Grant grant, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return NoteAsync(
            db.Grants.Where(row => row.Id == grant.Id && row.BoundAt == null),
            set => set.SetProperty(row => row.BoundAt, now), AuditEvents.BindingCreated, grant, now, cancellationToken);
    }

    public Task NoteUnboundAsync(Grant grant, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return NoteAsync(
            db.Grants.Where(row => row.Id == grant.Id && row.UnboundAt == null && row.State != GrantState.Active),
            set => set.SetProperty(row => row.UnboundAt, now), AuditEvents.BindingRemoved, grant, now, cancellationToken);
    }

    /// <summary>An event without a change of state in the database.</summary>
    public async Task NoteAsync(string type, string cluster, string grantId, CancellationToken cancellationToken, params (string Name, string? Value)[] details)
    {
        audit.Add(type, AuditEvents.Gateway, grantId: grantId.Length == 0 ? null : grantId, cluster: cluster, details: details);
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    private async Task NoteAsync(
        IQueryable<Grant> unnoted,
        Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Grant>> setters,
        string type,
        Grant grant,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await unnoted.ExecuteUpdateAsync(setters, cancellationToken) == 0)
            return;
        var late = type == AuditEvents.BindingRemoved && grant.EndedAt is { } end ? (now - end).TotalSeconds.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) : null;
        // Kubernetes lets open exec and watch streams go on: who reads the end must know.
        var open = type == AuditEvents.BindingRemoved ? await calls.CountOpenStreamsAsync(grant.Cluster, grant.Id, grant.EndedAt ?? now, cancellationToken) : null;
        audit.Add(
            type, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
            ("bindings", string.Join(", ", BindingManifest.Of(grant).Select(binding => binding.Place))), ("secondsAfterEnd", late), ("openStreams", open?.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }
}
