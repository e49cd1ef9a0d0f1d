namespace AccessGateway.AccessRequests;

using AccessGateway.BlastRadius;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>What a request would allow now on each of its clusters, for those who may see the request.</summary>
internal sealed class RequestBlastRadii(AccessRequests requests, BlastRadii radii)
{
    public async Task<Outcome<List<BlastRadiusView>>> OfAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out var refusal))
            return refusal;
        // All at once: the slowest cluster is what somebody waits for, and not their sum.
        var views = await Task.WhenAll(request.Clusters.OrderBy(row => row.Cluster, StringComparer.Ordinal).Select(async row =>
            (await radii.OfAsync(row.Cluster, request.Target, request.Scope, request.Namespaces, request.MayMatch, cancellationToken)).ToView(row.Cluster, request.Target, request.Scope, request.Namespaces, row.Risk)));
        return views.ToList();
    }
}
