namespace AccessGateway.Bindings;

using AccessGateway.Grants;

/// <summary>Makes what one grant needs in a cluster.</summary>
internal sealed class GrantMaking(ClusterBindings bindings, ClusterRoles roles, TimeProvider clock)
{
    /// <summary>A grant that is being made holds up those beside it no longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>The bindings whose names were taken already.</returns>
    public async Task<IReadOnlyList<Binding>> CreateAsync(Grant grant, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var taken = new List<Binding>();
        await roles.CreateAsync(grant, either.Token);
        foreach (var binding in bindings.Of(grant))
        {
            if (!await bindings.CreateAsync(binding, grant, either.Token))
                taken.Add(binding);
        }

        return taken;
    }
}
