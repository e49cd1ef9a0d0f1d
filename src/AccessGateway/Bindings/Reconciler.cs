namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Problems;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>Makes one cluster's bindings equal to its active grants: one pass at a time, and single grants in a hurry.</summary>
internal sealed partial class Reconciler(string cluster, ClusterBindings bindings, ClusterRoles roles, IServiceScopeFactory scopes, ILogger<Reconciler> logger)
{
    private readonly RoleReconciler _ownRoles = new(cluster, roles, logger);

    /// <summary>The status with which each grant's binding was refused last: each is written down once, not on every pass.</summary>
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);

    /// <summary>One whole pass. Throws what the API server or the database throws; the next pass begins afresh.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var ledger = scope.ServiceProvider.GetRequiredService<BindingLedger>();

        // The cluster is read before the database: a grant activated in between is then missing in the older picture, and is
        // created at worst twice under one name; the other way round it would be taken for an orphan.
        var actual = await bindings.ListAsync(cancellationToken);
        var ownRoles = OffersRules(scope) ? await roles.ListAsync(cancellationToken) : null;
        var active = await ledger.ActiveAsync(cluster, cancellationToken);
        var unclean = await ledger.UncleanAsync(cluster, cancellationToken);
        var plan = ReconcilePlan.Of(active, actual);
        // Only who needs roles of the gateway's making must give it the right to look for them.
        if (ownRoles is null && active.Concat(unclean).Any(grant => grant.Target.HasOwnRules))
            ownRoles = await roles.ListAsync(cancellationToken);

        foreach (var binding in plan.Remove)
            await RemoveAsync(ledger, binding, unclean, cancellationToken);
        // Before bindings: the API server makes none to a role that is missing.
        foreach (var grant in active.Where(grant => grant.Target.HasOwnRules))
            await TryAsync(ledger, grant, () => _ownRoles.RepairAsync(ledger, ownRoles!, grant, cancellationToken), cancellationToken);
        foreach (var (was, desired, grant) in plan.Replace)
            await ReplaceAsync(ledger, was, desired, grant, cancellationToken);
        foreach (var binding in plan.Restamp)
        {
            if (!await bindings.RestampAsync(binding, cancellationToken))
                LogNotRestamped(binding.Place, cluster);
        }

        foreach (var group in plan.Create.GroupBy(pair => pair.Grant.Id))
            await TryAsync(ledger, group.First().Grant, () => CreateAsync(ledger, group.First().Grant, cancellationToken), cancellationToken);
        foreach (var grant in active.Where(grant => grant.BoundAt is null && plan.Create.All(pair => pair.Grant.Id != grant.Id)))
            await ledger.NoteBoundAsync(grant, cancellationToken);
        foreach (var grant in unclean)
        {
            // By name, whatever labels somebody left on it: only what is surely gone is written down as gone.
            foreach (var binding in BindingManifest.Of(grant))
                await bindings.DeleteAsync(binding, cancellationToken);
            await roles.DeleteAsync(grant, cancellationToken);
            await ledger.NoteUnboundAsync(grant, cancellationToken);
            _refused.TryRemove(grant.Id, out _);
        }

        if (ownRoles is not null)
            await _ownRoles.RemoveAsync(ledger, ownRoles, active, unclean, cancellationToken);
        await scope.ServiceProvider.GetRequiredService<RoleDrift>().CheckAsync(cluster, active, cancellationToken);
    }

    /// <summary>Binds one grant now.</summary>
    public async Task BindAsync(Grant grant, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await CreateAsync(scope.ServiceProvider.GetRequiredService<BindingLedger>(), grant, cancellationToken);
    }

    /// <summary>Unbinds one ended grant now.</summary>
    public async Task UnbindAsync(Grant grant, CancellationToken cancellationToken)
    {
        Failpoint.Reach("unbind.before-delete");
        foreach (var binding in BindingManifest.Of(grant))
            await bindings.DeleteAsync(binding, cancellationToken);
        await roles.DeleteAsync(grant, cancellationToken);
        Failpoint.Reach("unbind.after-delete");
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<BindingLedger>().NoteUnboundAsync(grant, cancellationToken);
    }

    private async Task CreateAsync(BindingLedger ledger, Grant grant, CancellationToken cancellationToken)
    {
        // Asked again at the last moment: between plan and act the grant may have ended.
        if (!await ledger.IsActiveAsync(grant.Id, cancellationToken))
            return;
        Failpoint.Reach("bind.before-create");
        await roles.CreateAsync(grant, cancellationToken);
        foreach (var binding in BindingManifest.Of(grant))
            await bindings.CreateAsync(binding, grant, cancellationToken);
        Failpoint.Reach("bind.after-create");
        await ledger.NoteBoundAsync(grant, cancellationToken);

        // And once more afterwards: whoever ended it meanwhile may have unbound before there was anything to unbind.
        if (!await ledger.IsActiveAsync(grant.Id, cancellationToken))
        {
            foreach (var binding in BindingManifest.Of(grant))
                await bindings.DeleteAsync(binding, cancellationToken);
            await roles.DeleteAsync(grant, cancellationToken);
        }
    }

    private bool OffersRules(AsyncServiceScope scope)
    {
        var documents = scope.ServiceProvider.GetRequiredService<GatewayDocuments>();
        return documents.Cluster(cluster) is { } known && documents.Policies.Any(policy => policy.Clusters.Includes(known.Facts) && policy.Roles.Any(role => role.Target.HasOwnRules));
    }

    /// <summary>One grant that cannot be bound (a role or namespace is gone) must not keep the others from it.</summary>
    private async Task TryAsync(BindingLedger ledger, Grant grant, Func<Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await act();
            _refused.TryRemove(grant.Id, out _);
        }
        catch (k8s.Autorest.HttpOperationException e)
        {
            var status = (int)e.Response.StatusCode;
            LogCannotBind(grant.Id, cluster, status);
            if (_refused.TryGetValue(grant.Id, out var before) && before == status)
                return;
            await ledger.NoteAsync(AuditEvents.BindingFailed, cluster, grant.Id, cancellationToken, ("status", status.ToString(CultureInfo.InvariantCulture)));
            _refused[grant.Id] = status;
        }
    }

    private async Task RemoveAsync(BindingLedger ledger, Binding binding, IReadOnlyList<Grant> unclean, CancellationToken cancellationToken)
    {
        if (!binding.Name.StartsWith(BindingManifest.NamePrefix, StringComparison.Ordinal) || await ledger.IsActiveAsync(binding.GrantId, cancellationToken))
            return;
        if (unclean.Any(grant => grant.Id == binding.GrantId))
        {
            await bindings.DeleteAsync(binding, cancellationToken);
            return;
        }

        await ledger.NoteAsync(AuditEvents.BindingOrphanRemoved, cluster, binding.GrantId, cancellationToken, ("binding", binding.Place), ("role", binding.Role));
        LogOrphan(binding.Place, cluster);
        await bindings.DeleteAsync(binding, cancellationToken);
    }

    private async Task ReplaceAsync(BindingLedger ledger, Binding was, Binding desired, Grant grant, CancellationToken cancellationToken)
    {
        await ledger.NoteAsync(
            AuditEvents.BindingDrift, cluster, grant.Id, cancellationToken,
            ("binding", was.Place), ("found", $"{was.Role} for {was.Group ?? "other subjects"}"), ("expected", $"{desired.Role} for {desired.Group}"));
        LogDrift(was.Place, cluster);
        await bindings.DeleteAsync(was, cancellationToken);
        if (await ledger.IsActiveAsync(grant.Id, cancellationToken))
            await bindings.CreateAsync(desired, grant, cancellationToken);
    }
}
