namespace AccessGateway.AccessRequests;

using AccessGateway.BlastRadius;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>What a request would allow now, for those who may see the request.</summary>
internal sealed class RequestBlastRadii(AccessRequests requests, BlastRadii radii)
{
    public async Task<Outcome<BlastRadiusView>> OfAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var found = await requests.FindAsync(caller, id, cancellationToken);
        if (!found.Is(out var request, out var refusal))
            return refusal;
        var radius = await radii.OfAsync(request.Cluster, request.Target, request.Scope, request.Namespaces, cancellationToken);
        return radius.ToView(request.Cluster, request.Target, request.Scope, request.Namespaces, request.Risk);
    }
}
