namespace AccessGateway.Bindings;

using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using k8s.Autorest;
using Microsoft.EntityFrameworkCore;

/// <summary>Follows what the patterns of active grants match: part of the reconciler's pass. A namespace that comes is written down, with its
/// event, before anything is bound there (I3); one that goes is unbound first and written down then, so that a grant's end finds all of it.</summary>
internal sealed class NamespaceMatches(GatewayDbContext db, HolderOffers offers, ClusterNamespaces namespaces, AuditLog audit, TimeProvider clock)
{
    /// <returns>The grants as they are then; and what was taken from them, as grant and namespace: it was listed, and is gone.</returns>
    public async Task<(IReadOnlyList<Grant> Active, IReadOnlySet<(string GrantId, string? Namespace)> Withdrawn)> FollowAsync(
        string cluster, ClusterParts parts, IReadOnlyList<Grant> active, CancellationToken cancellationToken)
    {
        var withdrawn = new HashSet<(string GrantId, string? Namespace)>();
        var now = clock.GetUtcNow();
        var following = active.Where(grant => grant.HasPatterns && grant.IsActiveAt(now)).ToList();
        parts.Interest.Follow([.. following.SelectMany(grant => grant.Namespaces).Where(Glob.IsPattern).Distinct(StringComparer.Ordinal)]);
        // Where they cannot be read, all stays as it was.
        if (following.Count == 0 || await namespaces.NamesAsync(cluster, cancellationToken) is not { } there)
            return (active, withdrawn);
        var mayMatch = await offers.MayMatchAsync(following, cancellationToken);
        var changed = new Dictionary<string, Grant>(StringComparer.Ordinal);
        foreach (var grant in following)
        {
            var matches = NamespaceChoice.Matches(grant.Namespaces, there, mayMatch[grant.Id]);
            var kept = NamespaceChoice.AtMost(grant.Namespaces, matches, grant.MatchedNamespaces);
            var leftOut = matches.Count - kept.Count;
            if (kept.SequenceEqual(grant.MatchedNamespaces) && leftOut == grant.LeftOutNamespaces)
                continue;
            foreach (var gone in grant.MatchedNamespaces.Except(kept).ToList())
            {
                if (await TryRemoveAsync(cluster, parts, grant, gone, cancellationToken))
                    withdrawn.Add((grant.Id, gone));
                else
                    kept = [.. kept.Append(gone).Order(StringComparer.Ordinal)];
            }

            if (!kept.SequenceEqual(grant.MatchedNamespaces) || leftOut != grant.LeftOutNamespaces)
                changed[grant.Id] = await NoteAsync(grant, kept, leftOut, cancellationToken);
        }

        return (changed.Count == 0 ? active : [.. active.Select(grant => changed.GetValueOrDefault(grant.Id, grant))], withdrawn);
    }

    /// <summary>In a namespace that is being deleted too: there it only goes sooner. What is not let go, or hangs, stays the grant's, for the next pass, and keeps
    /// nothing else from this one.</summary>
    private static async Task<bool> TryRemoveAsync(string cluster, ClusterParts parts, Grant grant, string place, CancellationToken cancellationToken)
    {
        try
        {
            await parts.Grants.RemoveFromAsync(grant, place, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpOperationException or TimeoutException)
        {
            parts.Metrics.BindFailed(cluster);
            return false;
        }
    }

    /// <summary>Once, whoever sees it first; never for a grant that has ended meanwhile, whose end would not look there.</summary>
    /// <returns>The grant as it is then.</returns>
    private async Task<Grant> NoteAsync(Grant grant, IReadOnlyList<string> kept, int leftOut, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<string> list = [.. kept];
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            var won = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > now && row.MatchRound == grant.MatchRound).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.MatchedNamespaces, list).SetProperty(row => row.LeftOutNamespaces, leftOut).SetProperty(row => row.MatchRound, row => row.MatchRound + 1), cancellationToken);
            if (won == 1)
            {
                audit.Add(
                    AuditEvents.GrantNamespacesChanged, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
                    ("namespaces", string.Join(",", grant.Namespaces)), ("added", OrNull(kept.Except(grant.MatchedNamespaces))), ("removed", OrNull(grant.MatchedNamespaces.Except(kept))),
                    ("total", Number(grant.BoundNamespaces.Count - grant.MatchedNamespaces.Count + kept.Count)), ("leftOut", leftOut == 0 ? null : Number(leftOut)));
                await db.SaveChangesAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        db.ChangeTracker.Clear();
        return await db.Grants.AsNoTracking().SingleAsync(row => row.Id == grant.Id, cancellationToken);
    }

    private static string? OrNull(IEnumerable<string> names) => string.Join(",", names) is { Length: > 0 } text ? text : null;

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
