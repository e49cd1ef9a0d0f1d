namespace AccessGateway.Bindings;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using Microsoft.Extensions.Logging;

/// <summary>Puts right what others did to the bindings of one cluster. Each is written down before it is touched, once if that does not succeed, and
/// touched only as it was read: what changed since is looked at again by the next pass.</summary>
internal sealed partial class BindingRepair(string cluster, ClusterBindings bindings, ToldDrift told, ReconcileMetrics metrics, ILogger<Reconciler> logger)
{
    /// <summary>Removes what no active grant asks for.</summary>
    /// <param name="read">When the cluster was read, or before.</param>
    public async Task RemoveAsync(BindingLedger ledger, Binding found, DateTimeOffset read, CancellationToken cancellationToken)
    {
        if (!found.Name.StartsWith(OwnObjects.NamePrefix, StringComparison.Ordinal))
            return;
        // One that began since the cluster was read. Where an active grant is not bound, whatever carries its label is nobody's.
        if (await ledger.FindActiveAsync(found.GrantId, cancellationToken) is { } active && bindings.Of(active).Any(own => own.Name == found.Name && own.Namespace == found.Namespace))
            return;
        // Of a grant that is just ending: it is unbound by its own end.
        if (found.Name == OwnObjects.NamePrefix + found.GrantId && await ledger.EndedSinceAsync(found.GrantId, read, cancellationToken))
            return;
        if (told.IsNews(found.Place, found.Uid, found.Version))
        {
            await ledger.NoteAsync(AuditEvents.BindingOrphanRemoved, cluster, found.GrantId, cancellationToken, ("binding", found.Place), ("role", found.Role), ("subjects", found.Subjects));
            told.Told(found.Place, found.Uid, found.Version);
            LogOrphan(found.Place, cluster);
        }

        if (await bindings.DeleteAsync(found, cancellationToken))
            metrics.OrphanRemoved(cluster);
        told.Forget(found.Place);
    }

    /// <summary>Makes a binding afresh that somebody changed.</summary>
    public async Task ReplaceAsync(BindingLedger ledger, Binding found, Binding desired, Grant grant, CancellationToken cancellationToken)
    {
        if (told.IsNews(found.Place, found.Uid, found.Version))
        {
            var differences = found.DifferencesFrom(desired);
            await ledger.NoteAsync(
                AuditEvents.BindingDrift, cluster, grant.Id, cancellationToken,
                [("binding", found.Place), ("differs", string.Join(", ", differences.Select(one => one.What))), ("found", Text(differences, one => one.Found)), ("expected", Text(differences, one => one.Expected))]);
            told.Told(found.Place, found.Uid, found.Version);
            LogDrift(found.Place, cluster);
        }

        var deleted = await bindings.DeleteAsync(found, cancellationToken);
        told.Forget(found.Place);
        if (!deleted || !await ledger.IsActiveAsync(grant.Id, cancellationToken))
            return;
        await bindings.CreateAsync(desired, grant, cancellationToken);
        metrics.DriftRepaired(cluster);
        // As with every binding: its grant may have ended while it was being made.
        if (!await ledger.IsActiveAsync(grant.Id, cancellationToken))
            await bindings.DeleteAsync(desired, cancellationToken);
    }

    /// <summary>Tells of an end that no extension explains: those only make it later, and the cluster was read before the grants. A reaper goes by what
    /// stands there while the gateway is dead.</summary>
    public async Task NoteEndAsync(BindingLedger ledger, Binding found, Binding desired, Grant grant, CancellationToken cancellationToken)
    {
        // Both as the gateway writes them: as texts they are in the order of their times.
        if (found.NotAfter?.Length == desired.NotAfter?.Length && string.CompareOrdinal(found.NotAfter, desired.NotAfter) < 0)
            return;
        await ledger.NoteAsync(
            AuditEvents.BindingDrift, cluster, grant.Id, cancellationToken,
            ("binding", found.Place), ("differs", "end"), ("found", $"end: {found.NotAfter ?? "none"}"), ("expected", $"end: {desired.NotAfter}"));
        LogDrift(found.Place, cluster);
        metrics.DriftRepaired(cluster);
    }

    /// <summary>Tells of bindings that were there and that somebody deleted; the grant is bound again.</summary>
    /// <param name="actual">What was listed.</param>
    /// <param name="read">When that was, or before.</param>
    public async Task NoteMissingAsync(BindingLedger ledger, Grant grant, IReadOnlyList<Binding> actual, DateTimeOffset read, CancellationToken cancellationToken)
    {
        // One that was bound since then is not in the list, and nobody deleted it.
        if (grant.BoundAt is not { } bound || bound >= read)
            return;
        foreach (var desired in bindings.Of(grant).Where(desired => !actual.Any(found => (found.Namespace, found.Name) == (desired.Namespace, desired.Name))))
        {
            // Whoever took our label off only hid it.
            if (!told.IsNews(desired.Place, desired.Uid, desired.Version) || await bindings.FindAsync(desired, cancellationToken) is not null)
                continue;
            await ledger.NoteAsync(
                AuditEvents.BindingDrift, cluster, grant.Id, cancellationToken,
                ("binding", desired.Place), ("differs", "deleted"), ("found", "nothing"), ("expected", $"role: {desired.Role}; subjects: {desired.Subjects}"));
            told.Told(desired.Place, desired.Uid, desired.Version);
            LogDrift(desired.Place, cluster);
            metrics.DriftRepaired(cluster);
        }
    }

    /// <summary>All of a grant's bindings are there as they should be, or gone: what happens to them next is news.</summary>
    public void Forget(Grant grant)
    {
        foreach (var binding in told.Any ? bindings.Of(grant) : [])
            told.Forget(binding.Place);
    }

    /// <summary>What has the name of a grant's binding, and was not listed as ours or not made by us just now: right as it is, or somebody's.</summary>
    public async Task TakeOverAsync(BindingLedger ledger, Grant grant, IReadOnlyList<Binding> taken, CancellationToken cancellationToken)
    {
        foreach (var desired in taken)
        {
            if (await bindings.FindAsync(desired, cancellationToken) is { } found && found.DifferencesFrom(desired).Count > 0)
                await ReplaceAsync(ledger, found, desired, grant, cancellationToken);
        }
    }

    private static string Text(IReadOnlyList<(string What, string Found, string Expected)> differences, Func<(string What, string Found, string Expected), string> value) =>
        string.Join("; ", differences.Select(one => $"{one.What}: {value(one)}"));

    [LoggerMessage(LogLevel.Warning, "Removed the orphan {Binding} on cluster {Cluster}: no active grant asks for it.")]
    private partial void LogOrphan(string binding, string cluster);

    [LoggerMessage(LogLevel.Warning, "Somebody changed {Binding} on cluster {Cluster}; it is made afresh.")]
    private partial void LogDrift(string binding, string cluster);
}
