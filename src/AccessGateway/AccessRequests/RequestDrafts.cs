namespace AccessGateway.AccessRequests;

using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Loads what a new request is made with.</summary>
internal sealed class RequestDrafts(AccessRequests requests, GatewayDocuments documents, IRoleRules roleRules, TimeProvider clock)
{
    /// <param name="facts">What it was decided on.</param>
    public async Task<NewAccessRequest> OfAsync(Caller caller, RequestFacts facts, RoleOffer offer, TimeSpan duration, CancellationToken cancellationToken) => new(
        caller, facts, offer, duration,
        await requests.IdentityOfAsync(caller, cancellationToken),
        offer.Approval.Count == 0
            ? new Dictionary<string, string?>()
            : await roleRules.DigestsAsync([.. facts.Clusters.Select(cluster => cluster.Name)], offer.Target, facts.Namespaces, cancellationToken),
        documents.Digest,
        clock.GetUtcNow());
}
