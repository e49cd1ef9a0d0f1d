namespace AccessGateway.Kubectl.Reaping;

using AccessGateway.Contracts;

/// <summary>One run: looks once at everything that carries the gateway's label, and removes what is over.</summary>
internal sealed class Reaper(ClusterApi cluster, ReapChoice choice)
{
    private const int AtOnce = 8;

    public async Task<IReadOnlyList<Reaped>> RunAsync(CancellationToken cancellation)
    {
        var selector = $"{OwnObjects.GatewayLabel}={choice.Gateway}";
        List<OwnedObject> bindings =
        [
            .. await cluster.ListAsync(OwnedKind.ClusterRoleBinding, selector, cancellation),
            .. await cluster.ListAsync(OwnedKind.RoleBinding, selector, cancellation),
        ];
        var over = ReapPlan.Bindings(bindings, cluster.Now, choice.Grace);
        var reaped = await DeleteAsync(over, cancellation);
        if (!choice.Roles)
            return reaped;

        List<OwnedObject> roles =
        [
            .. await cluster.ListAsync(OwnedKind.ClusterRole, selector, cancellation),
            .. await cluster.ListAsync(OwnedKind.Role, selector, cancellation),
        ];
        // A role whose binding could not be removed is left with it.
        var left = bindings.Except(over.Zip(reaped).Where(pair => pair.Second.Outcome is not (ReapOutcome.Failed or ReapOutcome.Changed)).Select(pair => pair.First));
        return [.. reaped, .. await DeleteAsync(ReapPlan.Roles(roles, left, cluster.Now, choice.Grace), cancellation)];
    }

    /// <summary>One that cannot be removed keeps nobody else's.</summary>
    private async Task<Reaped[]> DeleteAsync(IReadOnlyList<OwnedObject> over, CancellationToken cancellation)
    {
        var reaped = new Reaped[over.Count];
        await Parallel.ForAsync(0, over.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (index, stopping) =>
            reaped[index] = choice.DryRun ? Reaped.Of(over[index], ReapOutcome.WouldDelete) : await DeleteAsync(over[index], stopping));
        return reaped;
    }

    private async Task<Reaped> DeleteAsync(OwnedObject item, CancellationToken cancellation)
    {
        try
        {
            return Reaped.Of(item, await cluster.DeleteAsync(item, cancellation));
        }
        catch (CommandFailedException e)
        {
            return Reaped.Of(item, ReapOutcome.Failed, e.Message);
        }
    }
}
