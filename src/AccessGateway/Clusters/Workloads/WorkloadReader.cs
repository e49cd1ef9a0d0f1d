namespace AccessGateway.Clusters;

using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Looks through pods, ConfigMaps and ServiceAccounts of one cluster, page by page, and keeps of each what checks need. Each
/// kind by itself: what cannot be read of one says nothing about the others.</summary>
internal sealed class WorkloadReader(IKubernetes kubernetes)
{
    /// <summary>Of each kind; what is beyond is not looked at, and the report says so.</summary>
    public const int MaxObjects = 10_000;

    /// <summary>A ConfigMap may have a megabyte.</summary>
    private const int ConfigMapsPage = 50;

    public async Task<WorkloadState> StateAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var core = kubernetes.CoreV1;
        var pods = SeeAsync<V1PodList, V1Pod, WorkloadPod>(
            next => core.ListPodForAllNamespacesAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), pod => [WorkloadObjects.Of(pod)], cancellationToken);
        var maps = SeeAsync<V1ConfigMapList, V1ConfigMap, SuspectKey>(
            next => core.ListConfigMapForAllNamespacesAsync(limit: ConfigMapsPage, continueParameter: next, cancellationToken: cancellationToken), WorkloadObjects.SuspectsOf, cancellationToken);
        var accounts = SeeAsync<V1ServiceAccountList, V1ServiceAccount, TokenSecret>(
            next => core.ListServiceAccountForAllNamespacesAsync(limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken), WorkloadObjects.TokensOf, cancellationToken);
        return new WorkloadState(now, await pods, await maps, await accounts);
    }

    private static async Task<Seen<TOurs>> SeeAsync<TList, TItem, TOurs>(Func<string?, Task<TList>> page, Func<TItem, IEnumerable<TOurs>> take, CancellationToken cancellationToken)
        where TList : IItems<TItem>, IMetadata<V1ListMeta>
    {
        var (found, looked, next) = (new List<TOurs>(), 0, (string?)null);
        try
        {
            do
            {
                var list = await page(next);
                found.AddRange(list.Items.SelectMany(take));
                looked += list.Items.Count;
                next = list.Metadata?.ContinueProperty is { Length: > 0 } more ? more : null;
            }
            while (next is not null && looked < MaxObjects);
            return new Seen<TOurs>(found, looked, next is not null, null);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            return Seen<TOurs>.Not("The gateway may not read them; apply what `access-gateway config rbac` prints.");
        }
        catch (HttpOperationException e)
        {
            return Seen<TOurs>.Not($"The API server answered {(int)e.Response.StatusCode}.");
        }
        catch (JsonException)
        {
            return Seen<TOurs>.Not("The API server answered something that is no list.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return Seen<TOurs>.Not(cancellationToken.IsCancellationRequested || e is OperationCanceledException ? "The API server did not answer in time." : "The API server cannot be reached.");
        }
    }
}
