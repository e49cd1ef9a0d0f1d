namespace AccessGateway.Bindings;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using Microsoft.Extensions.Logging;

/// <summary>Makes the roles of one cluster that are ours equal to what its active grants need: part of the reconciler's pass.</summary>
internal sealed partial class RoleReconciler(string cluster, ClusterRoles roles, ToldDrift told, ReconcileMetrics metrics, ILogger<Reconciler> logger)
{
    /// <summary>Repairs and makes what one active grant needs, where it is bound already: one that is not gets its roles with its
    /// bindings.</summary>
    /// <param name="actual">Our roles in the cluster.</param>
    public async Task RepairAsync(BindingLedger ledger, IReadOnlyList<OwnedRole> actual, Grant grant, CancellationToken cancellationToken)
    {
        var complete = true;
        foreach (var desired in roles.Of(grant))
        {
            var found = actual.FirstOrDefault(role => role.Namespace == desired.Namespace && role.Name == desired.Name);
            if (found is null)
            {
                // Whoever takes our label off hides a role from our list.
                complete = false;
                found = await roles.FindAsync(desired, cancellationToken);
            }

            if (found?.DifferencesFrom(desired) is not { Count: > 0 } differences)
                continue;
            complete = false;
            if (found.IsGoing)
                continue;
            if (told.IsNews(found.Place, found.Uid, found.Version))
            {
                await ledger.NoteAsync(
                    AuditEvents.BindingDrift, cluster, grant.Id, cancellationToken,
                    ("role", found.Place), ("differs", string.Join(", ", differences.Select(one => one.What))),
                    ("found", string.Join("; ", differences.Select(one => $"{one.What}: {one.Found}"))), ("expected", string.Join("; ", differences.Select(one => $"{one.What}: {one.Expected}"))));
                told.Told(found.Place, found.Uid, found.Version);
                LogDrift(found.Place, cluster);
            }

            await roles.DeleteAsync(found, cancellationToken);
            metrics.DriftRepaired(cluster);
            told.Forget(found.Place);
        }

        if (complete || grant.BoundAt is null || !await ledger.IsActiveAsync(grant.Id, cancellationToken))
            return;
        foreach (var desired in roles.Of(grant))
            await roles.CreateAsync(grant, desired.Namespace, cancellationToken);
    }

    /// <summary>After bindings are gone: removes our roles that no active grant needs.</summary>
    /// <param name="read">When the cluster was read, or before.</param>
    public async Task RemoveAsync(BindingLedger ledger, IReadOnlyList<OwnedRole> actual, IReadOnlyList<Grant> active, DateTimeOffset read, CancellationToken cancellationToken)
    {
        var needed = active.SelectMany(roles.Of).Select(role => (role.Namespace, role.Name)).ToHashSet();
        foreach (var role in actual.Where(role => !role.IsGoing && !needed.Contains((role.Namespace, role.Name)) && role.Name.StartsWith(OwnObjects.NamePrefix, StringComparison.Ordinal)))
        {
            if (await ledger.FindActiveAsync(role.GrantId, cancellationToken) is { } grant && roles.Of(grant).Any(own => own.Name == role.Name && own.Namespace == role.Namespace))
                continue;
            var orphan = !await ledger.EndedSinceAsync(role.GrantId, read, cancellationToken);
            if (orphan && told.IsNews(role.Place, role.Uid, role.Version))
            {
                await ledger.NoteAsync(AuditEvents.BindingOrphanRemoved, cluster, role.GrantId, cancellationToken, ("role", role.Place), ("rules", role.Rules));
                told.Told(role.Place, role.Uid, role.Version);
                LogOrphan(role.Place, cluster);
            }

            await roles.DeleteAsync(role, cancellationToken);
            if (orphan)
                metrics.OrphanRemoved(cluster);
            told.Forget(role.Place);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Removed the orphan {Role} on cluster {Cluster}: no active grant asks for it.")]
    private partial void LogOrphan(string role, string cluster);

    [LoggerMessage(LogLevel.Warning, "Somebody changed {Role} on cluster {Cluster}; it is made afresh.")]
    private partial void LogDrift(string role, string cluster);
}
