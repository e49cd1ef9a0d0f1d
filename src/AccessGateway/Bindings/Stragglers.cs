namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using AccessGateway.Grants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>
/// Ended grants of one cluster whose removal got no answer at the first try. They are tried further here, so that nobody waits for them: the ends
/// that come meanwhile go their way (I1). Where one gets nowhere it is given back: the database still says that it is to be unbound.
/// </summary>
/// <param name="slots">For how many at a time.</param>
internal sealed partial class Stragglers(GrantBindings grants, SemaphoreSlim slots, IServiceScopeFactory scopes, LoopBell bell, ILogger<Reconciler> logger)
{
    /// <summary>Where that many get no answer the cluster gives none, and is left alone for a while.</summary>
    public const int Most = 256;

    private readonly ConcurrentDictionary<string, Task> _tries = new(StringComparer.Ordinal);

    public bool Has(Grant grant) => _tries.ContainsKey(grant.Id);

    /// <summary>Goes on with one that nobody else is at.</summary>
    /// <returns>False where there are too many already.</returns>
    public bool TryTake(Grant grant, CancellationToken stopping)
    {
        if (_tries.Count >= Most)
            return false;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_tries.TryAdd(grant.Id, RunAsync(begin.Task, grant, stopping)))
            begin.SetResult();
        return true;
    }

    /// <summary>When all that were taken have ended.</summary>
    public Task EndedAsync() => Task.WhenAll(_tries.Values);

    private async Task RunAsync(Task begin, Grant grant, CancellationToken stopping)
    {
        await begin;
        try
        {
            await slots.WaitAsync(stopping);
            try
            {
                await GoOnAsync(grant, stopping);
            }
            finally
            {
                slots.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            LogNoAnswer(e, grant.Id, grant.Cluster);
        }
        finally
        {
            _tries.TryRemove(grant.Id, out _);
            bell.Ring();
        }
    }

    private async Task GoOnAsync(Grant grant, CancellationToken stopping)
    {
        var removal = await grants.RemoveAsync([grant], from: 2, stopping);
        await using var scope = scopes.CreateAsyncScope();
        await grants.NoteAsync(scope.ServiceProvider.GetRequiredService<BindingLedger>(), removal, stopping);
        if (removal.Failure is { } failure)
            LogNoAnswer(failure, grant.Id, grant.Cluster);
    }

    [LoggerMessage(LogLevel.Error, "Grant {Grant}: what it had on cluster {Cluster} could not be removed, the API server does not answer that; trying again.")]
    private partial void LogNoAnswer(Exception exception, string grant, string cluster);
}
