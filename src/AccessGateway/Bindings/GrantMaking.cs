namespace AccessGateway.Bindings;

using System.Net;
using System.Runtime.ExceptionServices;
using AccessGateway.Grants;
using k8s.Autorest;

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
        HttpOperationException? refused = null;
        foreach (var binding in bindings.Of(grant))
        {
            try
            {
                await roles.CreateAsync(grant, binding.Namespace, either.Token);
                if (!await bindings.CreateAsync(binding, grant, either.Token))
                    taken.Add(binding);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                // A namespace that lets nothing in (it is being deleted) keeps no other from it.
                refused ??= e;
            }
        }

        if (refused is not null)
            ExceptionDispatchInfo.Throw(refused);
        return taken;
    }
}
