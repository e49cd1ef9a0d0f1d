namespace AccessGateway.Bindings;

using AccessGateway.Grants;
using AccessGateway.Problems;

/// <summary>Takes from one cluster what ended grants have there, by name: no list is needed for it. Each object goes by itself, so that one that
/// hangs or is refused keeps no other, not even of its own grant.</summary>
internal sealed class GrantRemovals(string cluster, ClusterBindings bindings, ClusterRoles roles, TimeProvider clock)
{
    public const int Tries = 4;

    /// <summary>How long one call may take before it is made again beside a connection that may be dead: what is revoked is gone within 2 s (I2)
    /// though one call hangs.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(700);

    /// <summary>Removes whatever labels somebody left on it; writes nothing down. What does not come back is done again, with twice the patience each
    /// time.</summary>
    /// <param name="from">Which try is the first, from 1.</param>
    /// <param name="to">Which is the last.</param>
    /// <param name="slots">For its calls, among those of others.</param>
    public async Task<Removal> RemoveAsync(IReadOnlyList<Grant> grants, int from, int to, CallSlots slots, CancellationToken cancellationToken)
    {
        Failpoint.Reach("unbind.before-delete");
        var removal = new Removal();
        await slots.EachAsync(grants.SelectMany(PartsOf), (part, token) => RemovePartAsync(part, removal, from, to, token), cancellationToken);
        removal.End(grants);
        Failpoint.Reach("unbind.after-delete");
        return removal;
    }

    /// <summary>What an active grant has in a namespace that it reaches no more.</summary>
    public async Task RemoveFromAsync(Grant grant, string place, CancellationToken cancellationToken)
    {
        foreach (var part in PartsOf(grant).Where(part => part.Place == place))
            await TryAsync(part.Delete, 1, Tries, cancellationToken);
    }

    private IEnumerable<Part> PartsOf(Grant grant) =>
    [
        .. bindings.Of(grant).Select(binding => new Part(grant, binding.Namespace, token => bindings.DeleteAsync(binding, token))),
        .. roles.Of(grant).Select(role => new Part(grant, role.Namespace, token => roles.DeleteAsync(role, token))),
    ];

    private async Task RemovePartAsync(Part part, Removal removal, int from, int to, CancellationToken cancellationToken)
    {
        if (removal.IsSilent)
        {
            removal.Left(part.Grant);
            return;
        }

        try
        {
            await TryAsync(part.Delete, from, to, cancellationToken);
            removal.Answered();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            removal.Failed(part.Grant, e);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> call, int from, int to, CancellationToken cancellationToken)
    {
        for (var attempt = from; ; attempt++)
        {
            using var patience = new CancellationTokenSource(FirstPatience * Math.Pow(2, attempt - 1), clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                await call(either.Token);
                return;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt >= to)
                    throw new TimeoutException($"Cluster {cluster} did not answer in {attempt} tries.");
            }
        }
    }

    private sealed record Part(Grant Grant, string? Place, Func<CancellationToken, Task> Delete);
}
