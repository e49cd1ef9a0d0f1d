namespace AccessGateway.Clusters;

using System.Net;
using AccessGateway.Contracts;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

/// <summary>Lets each probe have its time and its failures for itself.</summary>
internal sealed partial class ProbeBounds(TimeProvider clock, ILogger<ProbeBounds> logger)
{
    /// <summary>For each probe; a whole look takes at most three of them, one after the other.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public TimeProvider Clock => clock;

    /// <summary>What a probe finds within its time; that it did not find anything, else. One that fails takes no other with it.</summary>
    public async Task<IReadOnlyList<ClusterCheckView>> RunAsync(
        IReadOnlyList<string> checks, Func<CancellationToken, Task<IReadOnlyList<ClusterCheckView>>> probe, Func<IReadOnlyList<ClusterCheckView>>? late = null)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            return await probe(patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception) when (patience.IsCancellationRequested)
        {
            return late?.Invoke() ?? [.. checks.Select(check => Checked.Unknown(check, $"no answer within {Patience.TotalSeconds:0} s"))];
        }
        catch (HttpOperationException e)
        {
            return [.. checks.Select(check => Refused(check, e.Response.StatusCode))];
        }
        catch (Exception e)
        {
            LogFailed(e, string.Join(", ", checks));
            return [.. checks.Select(check => Checked.Unknown(check, $"could not be looked at: {e.Message}"))];
        }
    }

    private static ClusterCheckView Refused(string check, HttpStatusCode status) => (status, check) switch
    {
        (HttpStatusCode.Unauthorized, ClusterCheckNames.Identity) => Checked.Failed(check, "the API server does not accept the gateway's credentials", "Give the gateway a token or certificate that is valid still: spec.credentials."),
        (HttpStatusCode.Unauthorized, _) => Checked.Unknown(check, "not looked at: the API server does not accept the gateway's credentials"),
        (HttpStatusCode.Forbidden, _) => Checked.Unknown(check, "the gateway may not look"),
        _ => Checked.Unknown(check, $"the API server answered {(int)status}"),
    };

    [LoggerMessage(LogLevel.Debug, "A cluster could not be looked at ({Checks}).")]
    private partial void LogFailed(Exception exception, string checks);
}
