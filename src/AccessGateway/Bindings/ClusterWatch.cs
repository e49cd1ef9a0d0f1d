namespace AccessGateway.Bindings;

using System.Net;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

/// <summary>
/// Rings a cluster's loop when somebody else touches a binding or role of ours, so that it is put right in about a second, and when
/// a namespace comes or goes that the patterns of a grant match. It decides nothing: what is missed, the next pass finds.
/// </summary>
internal sealed partial class ClusterWatch(WatchSource source, OwnEchoes echoes, ReconcileMetrics metrics, TimeProvider clock, ILogger<ClusterWatch> logger)
{
    /// <summary>The API server ends a watch long before.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>A watch that ends sooner, and brought nothing, is no watch.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(source.Kinds.Select(kind => FollowAsync(kind, stopping)));

    private async Task FollowAsync(WatchedKind kind, CancellationToken stopping)
    {
        await Task.Yield();
        string? version = null;
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            if (version is null && !kind.IsNeeded())
            {
                await WaitAsync(ReconcileLoop.Period, stopping);
                continue;
            }

            Exception? failure = null;
            try
            {
                version ??= await BeginAsync(kind, stopping);
                var (next, heard, problem) = await ListenAsync(kind, version, stopping);
                (version, failure) = (next, problem);
                failures = heard ? 0 : failures + 1;
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                (failure, version) = (e, null);
                failures++;
            }
            catch (Exception)
            {
                // Whatever it was: nobody needs it any more.
                return;
            }

            if (failure is not null)
            {
                metrics.WatchFailed(source.Cluster);
                LogBroken(failure, kind.Name, source.Cluster);
            }

            if (failures > 0)
                await WaitAsync(IsRefused(failure) ? ReconcileLoop.Period : RetryDelay.After(failures, RetryDelay.Chance(), failure is null ? null : RetryDelay.AskedBy(failure, clock.GetUtcNow())), stopping);
        }
    }

    /// <summary>From now on; whatever happened while nobody listened, a look at the whole cluster finds.</summary>
    private async Task<string> BeginAsync(WatchedKind kind, CancellationToken stopping)
    {
        var version = await kind.Newest(stopping) ?? throw new InvalidDataException($"The list of {kind.Name} has no resourceVersion.");
        echoes.Begin();
        return version;
    }

    /// <returns>Where to go on, null for from now on; whether it was a watch at all; what ended it, if not its time.</returns>
    private async Task<(string? Version, bool Heard, Exception? Problem)> ListenAsync(WatchedKind kind, string version, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        var began = clock.GetTimestamp();
        var heard = false;
        Exception? problem = null;
        try
        {
            await foreach (var told in kind.Watch(version, failure => problem = failure, either.Token).WithCancellation(either.Token))
            {
                heard = true;
                version = told.Version ?? version;
                if (told.Type != WatchEventType.Bookmark)
                    source.Hear(told);
            }
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // A quiet cluster may close a watch before its first event.
            if (e is not EndOfStreamException)
                problem = e;
        }

        // What the API server says within a watch (410: the version is too old) means: begin anew. So does anything else that is no end.
        return (problem is null ? version : null, heard || clock.GetElapsedTime(began) >= Shortest, problem);
    }

    private static bool IsRefused(Exception? failure) => failure is HttpOperationException { Response.StatusCode: HttpStatusCode.Forbidden };

    private async Task WaitAsync(TimeSpan time, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(time, clock, stopping);
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(LogLevel.Information, "The watch of {Resource} on cluster {Cluster} broke; until it is back, changes there are found by the next pass.")]
    private partial void LogBroken(Exception failure, string resource, string cluster);
}
