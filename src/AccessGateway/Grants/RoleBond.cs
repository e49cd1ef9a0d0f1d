namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Binds an approval to what the role allowed when its reviewers were asked: where that has changed, on any of the clusters, the request
/// goes back to them. Where policy approved by itself nobody looked, and nothing is bound.
/// </summary>
internal sealed class RoleBond(GatewayDbContext db, IRoleRules roleRules, AuditLog audit, TimeProvider clock)
{
    /// <summary>What the role allows now on each cluster; or why the request cannot be activated.</summary>
    public async Task<(IReadOnlyDictionary<string, string?> RulesDigests, Refusal? Refusal)> CheckAsync(AccessRequest request, CancellationToken cancellationToken)
    {
        var now = await roleRules.DigestsAsync(request.ClusterNames, request.Target, request.Namespaces, cancellationToken);
        if (request.Rules.Count == 0)
            return (now, null);
        var others = request.Clusters.Where(row => now[row.Cluster] != row.RulesDigest).OrderBy(row => row.Cluster, StringComparer.Ordinal).ToList();
        // What is known to have changed goes back, whether or not another cluster answers.
        var changed = others.FindAll(row => now[row.Cluster] is not null);
        if (changed.Count > 0)
            return (now, await ReturnAsync(request, changed, now, cancellationToken));
        return others.Count == 0 ? (now, null) : (now, Silent(others));
    }

    private static Refusal.Unavailable Silent(List<RequestedCluster> clusters) => new(
        $"{(clusters.Count == 1 ? "Cluster" : "Clusters")} {string.Join(", ", clusters.Select(row => $"'{row.Cluster}'"))} {(clusters.Count == 1 ? "does" : "do")} not say what the role allows now, and its reviewers approved what it allowed then. Try again.");

    private async Task<Refusal> ReturnAsync(AccessRequest request, List<RequestedCluster> changed, IReadOnlyDictionary<string, string?> digests, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rules = request.Rules;
        var expiresAt = request.Kind == AccessRequestKind.Extension ? request.ExpiresAt : now + request.PendingLifetime;
        var (reminder, escalation) = (Reminding.FirstReminder(rules, now), Reminding.NextEscalation(rules, now, now));
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var returned = await db.AccessRequests
            .Where(row => row.Id == request.Id && row.State == AccessRequestState.Approved && row.ActivatedAt == null && row.Round == request.Round && row.ExpiresAt > now)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.State, AccessRequestState.Pending).SetProperty(row => row.Round, request.Round + 1)
                    .SetProperty(row => row.ReviewsSince, now).SetProperty(row => row.ExpiresAt, expiresAt)
                    .SetProperty(row => row.NextReminderAt, reminder).SetProperty(row => row.NextEscalationAt, escalation),
                cancellationToken);
        if (returned == 0)
            return new Refusal.Conflict("The request was activated, withdrawn, returned or ran out in the meantime.");
        foreach (var cluster in changed.Select(row => row.Cluster))
        {
            var digest = digests[cluster];
            await db.RequestedClusters.Where(row => row.AccessRequestId == request.Id && row.Cluster == cluster)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.RulesDigest, digest), cancellationToken);
        }

        var names = string.Join(',', changed.Select(row => row.Cluster));
        audit.Add(
            AuditEvents.RequestReturned, AuditEvents.Gateway, request.Subject, request.Id, request.ExtendsGrantId, request.ClusterList,
            ("role", request.Target.ToString()), ("changedOn", names),
            ("approvedRulesDigest", string.Join(',', changed.Select(row => row.RulesDigest ?? "unknown"))), ("rulesDigest", string.Join(',', changed.Select(row => digests[row.Cluster]))));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Refusal.Conflict(
            $"What the role allows {(request.Clusters.Count == 1 ? "" : $"on {names.Replace(",", ", ", StringComparison.Ordinal)} ")}has changed since it was approved. The request went back to its reviewers.", ProblemCodes.ReturnedToReviewers);
    }
}
