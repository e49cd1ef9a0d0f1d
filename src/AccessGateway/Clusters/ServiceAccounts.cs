namespace AccessGateway.Clusters;

using System.Net;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Asks a cluster about its ServiceAccounts: whether a token is good (TokenReview), and whether what it was made for is still there.</summary>
internal sealed class ServiceAccounts(ClusterConnections connections, GatewayDocuments documents, TimeProvider clock) : IServiceAccounts
{
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Presence Here = new Presence.Present();

    public async Task<Outcome<ServiceAccountIdentity>> ReviewAsync(string cluster, string token, CancellationToken cancellationToken)
    {
        if (documents.Cluster(cluster) is null)
            return new Refusal.Forbidden($"There is no cluster '{cluster}'.");
        try
        {
            var review = await BoundedAsync(limit => connections.For(cluster).AuthenticationV1.CreateTokenReviewAsync(
                new V1TokenReview { Spec = new V1TokenReviewSpec { Token = token, Audiences = [OAuth.ServiceAccountAudience] } }, cancellationToken: limit), cancellationToken);
            return Read(cluster, review.Status);
        }
        catch (Exception e) when (IsOutage(e, cancellationToken))
        {
            return new Refusal.Unavailable($"Cluster '{cluster}' could not check the token: {Words(e)}.");
        }
    }

    public async Task<Presence> LookAsync(ServiceAccountIdentity account, CancellationToken cancellationToken)
    {
        if (documents.Cluster(account.Cluster) is null)
            return new Presence.Unknown($"the cluster '{account.Cluster}' is not registered any more");
        try
        {
            var core = connections.For(account.Cluster).CoreV1;
            var found = await FindAsync(limit => core.ReadNamespacedServiceAccountAsync(account.Name, account.Namespace, cancellationToken: limit), cancellationToken);
            if (found?.Metadata.Uid != account.Uid)
                return new Presence.Gone("the ServiceAccount was deleted");
            if (account.PodName is null)
                return Here;
            var pod = await FindAsync(limit => core.ReadNamespacedPodAsync(account.PodName, account.Namespace, cancellationToken: limit), cancellationToken);
            return pod?.Metadata.Uid != account.PodUid ? new Presence.Gone("the pod was deleted")
                : pod?.Status?.Phase is "Succeeded" or "Failed" ? new Presence.Gone("the pod has ended")
                : Here;
        }
        catch (Exception e) when (IsOutage(e, cancellationToken))
        {
            return new Presence.Unknown($"cluster '{account.Cluster}' did not say whether the pod still runs: {Words(e)}");
        }
    }

    /// <summary>Only an answer that is for this gateway counts: an API server that knows no audiences would accept any token of its own.</summary>
    private static Outcome<ServiceAccountIdentity> Read(string cluster, V1TokenReviewStatus? status)
    {
        if (status is not { Authenticated: true, User: { } user })
            return new Refusal.Forbidden($"Cluster '{cluster}' does not accept the token.");
        if (status.Audiences?.Contains(OAuth.ServiceAccountAudience) != true)
            return new Refusal.Forbidden($"The token is not made for the audience '{OAuth.ServiceAccountAudience}'.");
        if (user.Username?.Split(':') is not ["system", "serviceaccount", { Length: > 0 } space, { Length: > 0 } name] || string.IsNullOrEmpty(user.Uid))
            return new Refusal.Forbidden("The token is no ServiceAccount's.");
        var (pod, uid) = (Single(user, PodName), Single(user, PodUid));
        return pod is null == uid is null
            ? new ServiceAccountIdentity(cluster, space, name, user.Uid, pod, uid)
            : new Refusal.Forbidden("The cluster says only half of which pod the token was made for.");
    }

    private static string? Single(V1UserInfo user, string key) => user.Extra?.TryGetValue(key, out var values) == true && values is [{ Length: > 0 } value] ? value : null;

    private async Task<T?> FindAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await BoundedAsync(read, cancellationToken);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<T> BoundedAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        return await call(either.Token);
    }

    private static bool IsOutage(Exception e, CancellationToken cancellationToken) => !cancellationToken.IsCancellationRequested
        && e is HttpOperationException or HttpRequestException or OperationCanceledException or IOException or System.Text.Json.JsonException or KeyNotFoundException;

    private static string Words(Exception e) => e switch
    {
        HttpOperationException { Response.StatusCode: HttpStatusCode.Forbidden } => "the gateway's own account lacks the right; deploy/rbac/gateway-machines.yaml gives it",
        HttpOperationException refused => $"its API server answered {(int)refused.Response.StatusCode}",
        OperationCanceledException => "no answer in time",
        _ => "it cannot be reached",
    };
}
