namespace AccessGateway.Bindings;

using System.Runtime.ExceptionServices;
using AccessGateway.Documents;
using AccessGateway.Grants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using k8s.Autorest;

/// <summary>Makes one cluster's bindings equal to its active grants: one pass at a time, and single grants in a hurry.</summary>
internal sealed partial class Reconciler(string cluster, ClusterParts parts, IServiceScopeFactory scopes, TimeProvider clock, ILogger<Reconciler> logger)
{
    /// <summary>One whole pass. Throws what the API server or the database throws; the next pass begins afresh.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var ledger = scope.ServiceProvider.GetRequiredService<BindingLedger>();

        // What has ended is more urgent than what was changed; where some of it is refused, the rest goes on.
        _ = await parts.Ended.UnbindAsync(ledger, cancellationToken);

        // The cluster is read before the database: a grant activated in between is then missing in the older picture, and is
        // created at worst twice under one name; the other way round it would be taken for an orphan.
        var read = clock.GetUtcNow();
        var actual = await parts.Bindings.ListAsync(cancellationToken);
        var ownRoles = OffersRules(scope) ? await parts.Roles.ListAsync(cancellationToken) : null;
        var matches = scope.ServiceProvider.GetRequiredService<NamespaceMatches>();
        var (active, withdrawn) = await matches.FollowAsync(cluster, parts, await ledger.ActiveAsync(cluster, cancellationToken), cancellationToken);
        var plan = ReconcilePlan.Of(active, [.. actual.Where(binding => !withdrawn.Contains((binding.GrantId, binding.Namespace)))], parts.Bindings.Of);
        var own = active.Where(grant => grant.Target.HasOwnRules).ToList();
        // Only who needs roles of the gateway's making must give it the right to look for them.
        if (ownRoles is null && own.Count > 0)
            ownRoles = await parts.Roles.ListAsync(cancellationToken);

        // Only reads, beside what follows.
        var drift = scope.ServiceProvider.GetRequiredService<RoleDrift>();
        var changed = drift.LookAsync(cluster, active, cancellationToken);

        Exception? refused = null;
        foreach (var binding in plan.Remove)
        {
            try
            {
                await parts.Repair.RemoveAsync(ledger, binding, read, cancellationToken);
            }
            catch (HttpOperationException e)
            {
                // One that is not let go keeps no others.
                refused = e;
            }
        }

        // Before bindings: the API server makes none to a role that is missing.
        foreach (var grant in own)
            await TryAsync(ledger, grant, () => parts.OwnRoles.RepairAsync(ledger, ownRoles!, grant, cancellationToken), cancellationToken);
        foreach (var (was, desired, grant) in plan.Replace)
            await TryAsync(ledger, grant, () => parts.Repair.ReplaceAsync(ledger, was, desired, grant, cancellationToken), cancellationToken);
        foreach (var (was, desired, grant) in plan.Restamp)
            await TryAsync(ledger, grant, () => RestampAsync(ledger, was, desired, grant, cancellationToken), cancellationToken);

        foreach (var grant in plan.Create.Where(grant => grant.BoundAt is not null))
            await TryAsync(ledger, grant, () => parts.Repair.NoteMissingAsync(ledger, grant, actual, read, cancellationToken), cancellationToken);
        foreach (var (grant, refusal) in await parts.Grants.BindAsync(ledger, plan.Create, cancellationToken))
            await NoteRefusedAsync(ledger, grant, refusal, cancellationToken);
        await ledger.NoteBoundAsync([.. plan.Complete.Where(grant => grant.BoundAt is null)], parts.Grants.PlacesOf, cancellationToken);
        if (ownRoles is not null)
            await parts.OwnRoles.RemoveAsync(ledger, [.. ownRoles.Where(role => !withdrawn.Contains((role.GrantId, role.Namespace)))], active, read, cancellationToken);
        await drift.NoteAsync(await changed, cancellationToken);
        // Again: what ended during the pass, and was listed.
        refused = (await parts.Ended.UnbindAsync(ledger, cancellationToken)).Refused ?? refused;
        if (refused is not null)
            ExceptionDispatchInfo.Throw(refused);
    }

    /// <summary>Binds one grant now.</summary>
    public async Task BindAsync(Grant grant, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        foreach (var (_, refusal) in await parts.Grants.BindAsync(scope.ServiceProvider.GetRequiredService<BindingLedger>(), [grant], cancellationToken))
            ExceptionDispatchInfo.Throw(refusal);
    }

    /// <summary>Unbinds one ended grant now.</summary>
    public async Task UnbindAsync(Grant grant, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var ledger = scope.ServiceProvider.GetRequiredService<BindingLedger>();
        // Somebody may have read it before its end, and what its patterns match was followed until then; now it changes no more.
        var ended = grant.HasPatterns ? await ledger.ReadAsync(grant.Id, cancellationToken) : grant;
        await parts.Grants.UnbindAsync(ledger, [ended], cancellationToken);
    }

    /// <summary>Writes down what has run out, and unbinds all that has ended, without a look at the rest.</summary>
    /// <returns>When there is more to do: when the next grant runs out, null where none is active; and what the API server refused, which keeps nothing else from being
    /// done.</returns>
    public async Task<(DateTimeOffset? Next, Exception? Refused)> EndDueAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var expiry = scope.ServiceProvider.GetRequiredService<GrantExpiry>();
        var (refused, more) = await parts.Ended.EndDueAsync(expiry, scope.ServiceProvider.GetRequiredService<BindingLedger>(), cancellationToken);
        return (more ? clock.GetUtcNow() : await expiry.NextAsync(cancellationToken, cluster), refused);
    }

    /// <summary>When nothing is under way any more that hung.</summary>
    public Task StragglersEndedAsync() => parts.Stragglers.EndedAsync();

    /// <summary>Whether the cluster holds, or may hold, something of a grant.</summary>
    public async Task<bool> AnythingLeftAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<BindingLedger>().AnythingLeftAsync(cluster, cancellationToken);
    }

    private async Task RestampAsync(BindingLedger ledger, Binding was, Binding desired, Grant grant, CancellationToken cancellationToken)
    {
        // Told of once it is put right: where it cannot be, each pass finds it again.
        if (await parts.Bindings.RestampAsync(desired, cancellationToken))
            await parts.Repair.NoteEndAsync(ledger, was, desired, grant, cancellationToken);
        else
            LogNotRestamped(desired.Place, cluster);
    }

    private bool OffersRules(AsyncServiceScope scope)
    {
        var documents = scope.ServiceProvider.GetRequiredService<GatewayDocuments>();
        return documents.Cluster(cluster) is { } known && documents.OfferOwnRules(known);
    }

    /// <summary>One grant that cannot be bound (a role or namespace is gone) must not keep the others from it.</summary>
    private async Task TryAsync(BindingLedger ledger, Grant grant, Func<Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await act();
        }
        catch (HttpOperationException e)
        {
            await NoteRefusedAsync(ledger, grant, e, cancellationToken);
        }
    }

    private async Task NoteRefusedAsync(BindingLedger ledger, Grant grant, HttpOperationException refusal, CancellationToken cancellationToken)
    {
        LogCannotBind(grant.Id, cluster, (int)refusal.Response.StatusCode);
        await parts.Grants.NoteRefusedAsync(ledger, grant, refusal, cancellationToken);
        parts.Metrics.BindFailed(cluster);
    }
}
