namespace AccessGateway.Bindings;

using AccessGateway.Grants;
using Microsoft.Extensions.Logging;

/// <summary>Tells a cluster at once; what fails is left to the cluster's loop, which is woken.</summary>
internal sealed partial class GrantBinder(Reconcilers reconcilers, TimeProvider clock, ILogger<GrantBinder> logger) : IGrantBinder
{
    /// <summary>Nobody waits longer than this for a cluster to answer, nor for those before them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Task<bool> BindAsync(Grant grant, CancellationToken cancellationToken) =>
        TryAsync(grant, reconcilers.BindingDoorOf, (reconciler, token) => reconciler.BindAsync(grant, token), cancellationToken);

    public Task<bool> UnbindAsync(Grant grant, CancellationToken cancellationToken) =>
        TryAsync(grant, reconcilers.UnbindingDoorOf, (reconciler, token) => reconciler.UnbindAsync(grant, token), cancellationToken);

    private async Task<bool> TryAsync(Grant grant, Func<string, SemaphoreSlim> doorOf, Func<Reconciler, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        if (!reconcilers.Knows(grant.Cluster))
            return false;
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await ThroughDoorAsync(doorOf(grant.Cluster), grant, act, either.Token);
            // The loop's sleep must end with the new next expiry; and a namespace may have been made since somebody looked what the patterns match.
            if (grant.HasPatterns)
                reconcilers.BellOf(grant.Cluster).CallLook();
            else
                reconcilers.BellOf(grant.Cluster).Ring();
            return true;
        }
        catch (Exception e)
        {
            LogLater(e, grant.Id, grant.Cluster);
            reconcilers.BellOf(grant.Cluster).CallPass();
            return false;
        }
    }

    /// <summary>Thousands that end together go a few at a time.</summary>
    private async Task ThroughDoorAsync(SemaphoreSlim door, Grant grant, Func<Reconciler, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        await door.WaitAsync(cancellationToken);
        try
        {
            await act(reconcilers.For(grant.Cluster), cancellationToken);
        }
        finally
        {
            door.Release();
        }
    }

    [LoggerMessage(LogLevel.Warning, "Grant {Grant}: cluster {Cluster} could not be told at once; reconciling will.")]
    private partial void LogLater(Exception exception, string grant, string cluster);
}
