namespace AccessGateway.Issuance;

using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// A cluster's CA is replaced while people work: the next one is made and trusted beside it, then it signs, and the old one goes when its
/// last leaf has ended. Each step is one guarded write; none of them makes a leaf that the API server refuses.
/// </summary>
internal sealed class TrustAnchorRotation(GatewayDbContext db, TrustAnchors anchors, TrustCheck trust, CurrentDocuments documents, AuditLog audit, TimeProvider clock)
{
    /// <summary>How long a running gateway may sign with the CA that it has open.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);

    /// <summary>Makes the CA that comes next, or shows the one that is made.</summary>
    public async Task<Outcome<TrustAnchor>> BeginAsync(string actor, string cluster, CancellationToken cancellationToken)
    {
        var all = await anchors.ListAsync(cluster, cancellationToken);
        if (all.All(anchor => anchor.State != TrustAnchorState.Signing))
            return NoCa(cluster);
        if (all.Any(anchor => anchor.State == TrustAnchorState.Outgoing))
            return new Refusal.Conflict($"The rotation before is not at its end; finish it with: access-gateway ca rotate {cluster} --finish");
        if (all.FirstOrDefault(anchor => anchor.State == TrustAnchorState.Next) is { } next)
            return next;
        try
        {
            return await anchors.AddAsync(actor, cluster, TrustAnchorState.Next, cancellationToken);
        }
        catch (DbUpdateException)
        {
            return new Refusal.Conflict("Somebody else rotates this CA at the same time.");
        }
    }

    /// <summary>Lets the next CA sign, once the API server accepts its leaves.</summary>
    /// <param name="unchecked">Without asking the API server: it cannot be reached, or is not registered.</param>
    public async Task<Outcome<TrustAnchor>> ActivateAsync(string actor, string cluster, bool @unchecked, CancellationToken cancellationToken)
    {
        var id = await Of(cluster, TrustAnchorState.Next).Select(anchor => anchor.Id).SingleOrDefaultAsync(cancellationToken);
        if (id is null || await anchors.OpenAsync(cluster, TrustAnchorState.Next, cancellationToken) is not { } next)
            return new Refusal.Conflict($"There is no next CA for cluster '{cluster}'; make one with: access-gateway ca rotate {cluster}");
        using (next)
        {
            if (!@unchecked && await TrustProblemAsync(cluster, next, cancellationToken) is { } problem)
                return new Refusal.Conflict($"Not activated: {problem}");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var left = await Of(cluster, TrustAnchorState.Signing).Where(_ => db.TrustAnchors.Any(other => other.Id == id && other.State == TrustAnchorState.Next)).ExecuteUpdateAsync(
            set => set.SetProperty(anchor => anchor.State, TrustAnchorState.Outgoing).SetProperty(anchor => anchor.ReplacedAt, now), cancellationToken);
        var entered = await Of(cluster, TrustAnchorState.Next).Where(anchor => anchor.Id == id).ExecuteUpdateAsync(set => set.SetProperty(anchor => anchor.State, TrustAnchorState.Signing), cancellationToken);
        if (left != 1 || entered != 1)
            return new Refusal.Conflict("Somebody else rotates this CA at the same time.");
        var signing = await Of(cluster, TrustAnchorState.Signing).AsNoTracking().SingleAsync(cancellationToken);
        audit.Add(AuditEvents.TrustAnchorActivated, actor, cluster: cluster, details: [("trustAnchor", signing.Id), ("checked", @unchecked ? "no" : "yes")]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signing;
    }

    /// <summary>Deletes the outgoing CA with its key, once nothing that it signed is valid any more.</summary>
    public async Task<Outcome<TrustAnchor>> FinishAsync(string actor, string cluster, CancellationToken cancellationToken)
    {
        var outgoing = await Of(cluster, TrustAnchorState.Outgoing).AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        if (outgoing is not { ReplacedAt: { } replacedAt })
            return new Refusal.Conflict($"Nothing is to be finished: cluster '{cluster}' has no outgoing CA.");
        var now = clock.GetUtcNow();
        var lastSigned = replacedAt + Notice;
        var end = await db.Leaves.Where(leaf => leaf.Cluster == cluster && leaf.IssuedAt <= lastSigned && leaf.NotAfter >= now).MaxAsync(leaf => (DateTimeOffset?)leaf.NotAfter, cancellationToken);
        if (end is null && now <= lastSigned)
            end = lastSigned;
        if (end is { } until)
            return new Refusal.Conflict($"Leaves of the outgoing CA are valid until {until:yyyy-MM-ddTHH:mm:ssZ}; leave it trusted, and finish then.");
        return await DeleteAsync(actor, outgoing, "every leaf has ended", cancellationToken);
    }

    /// <summary>Deletes a next CA that has signed nothing.</summary>
    public async Task<Outcome<TrustAnchor>> AbandonAsync(string actor, string cluster, CancellationToken cancellationToken)
    {
        var next = await Of(cluster, TrustAnchorState.Next).AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return next is null
            ? new Refusal.Conflict($"There is no next CA for cluster '{cluster}'.")
            : await DeleteAsync(actor, next, "abandoned", cancellationToken);
    }

    private async Task<Outcome<TrustAnchor>> DeleteAsync(string actor, TrustAnchor anchor, string why, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.TrustAnchors.Where(row => row.Id == anchor.Id && row.State == anchor.State).ExecuteDeleteAsync(cancellationToken) != 1)
            return new Refusal.Conflict("Somebody else rotates this CA at the same time.");
        audit.Add(AuditEvents.TrustAnchorDeleted, actor, cluster: anchor.Cluster, details: [("trustAnchor", anchor.Id), ("why", why)]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return anchor;
    }

    private async Task<string?> TrustProblemAsync(string cluster, ISigner next, CancellationToken cancellationToken) =>
        documents.Current.Cluster(cluster) is { } registered
            ? await trust.ProblemAsync(registered, next, cancellationToken)
            : $"cluster '{cluster}' is not registered, so that its API server cannot be asked.";

    private IQueryable<TrustAnchor> Of(string cluster, TrustAnchorState state) => db.TrustAnchors.Where(anchor => anchor.Cluster == cluster && anchor.State == state);

    private static Refusal.Conflict NoCa(string cluster) => new($"There is no CA for cluster '{cluster}' yet; make one with: access-gateway ca init {cluster}");
}
