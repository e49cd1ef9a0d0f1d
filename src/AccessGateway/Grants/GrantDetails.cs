namespace AccessGateway.Grants;

using AccessGateway.Contracts;
using AccessGateway.KubeCalls;

/// <summary>One grant with what its cluster tells of it.</summary>
internal sealed class GrantDetails(KubeCalls calls, TimeProvider clock)
{
    public async Task<GrantView> ViewAsync(Grant grant, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var view = grant.ToView(now);
        var streams = await calls.OpenStreamsAsync(grant.Cluster, grant.Id, view.EndedAt, cancellationToken);
        return view with { OpenStreams = streams };
    }
}
