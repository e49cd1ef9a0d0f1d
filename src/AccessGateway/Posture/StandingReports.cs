namespace AccessGateway.Posture;

using System.Runtime.CompilerServices;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using Microsoft.Extensions.Options;

/// <summary>Standing access by cluster, worked out once for each reading of its roles and bindings, under the same documents.</summary>
internal sealed class StandingReports(RbacStates states, OwnIdentities identities, IOptions<GatewayOptions> options)
{
    private readonly ConditionalWeakTable<RbacState, Worked> _reports = [];

    /// <summary>Null where the cluster cannot be read; the log has why.</summary>
    public async Task<StandingReport?> OfAsync(GatewayDocuments documents, ClusterDefinition cluster, CancellationToken cancellationToken)
    {
        if (await states.OfAsync(cluster.Name, cancellationToken) is not { } state)
            return null;
        var self = await identities.OfAsync(cluster, cancellationToken);
        if (_reports.TryGetValue(state, out var known) && known.Documents == documents && known.Self == self)
            return known.Report;
        var (name, own) = (options.Value.Name, (OwnAccess?)null);
        if (self is not null)
            own = new OwnAccess(self, [.. OwnRights.Of(documents, cluster), .. OwnRights.ToLook(name)]);
        var worked = new Worked(documents, self, StandingReport.Of(state, name, own));
        _reports.AddOrUpdate(state, worked);
        return worked.Report;
    }

    private sealed record Worked(GatewayDocuments Documents, OwnIdentity? Self, StandingReport Report);
}
