namespace AccessGateway.Bindings;

using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Reports, once each time, that what a role allows has changed while somebody holds it.</summary>
internal sealed class RoleDrift(GatewayDbContext db, IRoleRules roleRules, AuditLog audit)
{
    /// <summary>Looks at the roles in the cluster; touches no database.</summary>
    /// <returns>The grants whose role allows something else than it did, and the digest of that.</returns>
    public async Task<IReadOnlyList<(Grant Grant, string Digest)>> LookAsync(string cluster, IReadOnlyCollection<Grant> active, CancellationToken cancellationToken)
    {
        var changed = new List<(Grant, string)>();
        foreach (var role in active.GroupBy(grant => (grant.Target, Namespaces: string.Join(' ', grant.Namespaces))))
        {
            if (await roleRules.DigestAsync(cluster, role.Key.Target, role.First().Namespaces, cancellationToken) is { } digest)
                changed.AddRange(role.Where(grant => grant.RulesDigest != digest).Select(grant => (grant, digest)));
        }

        return changed;
    }

    public async Task NoteAsync(IReadOnlyList<(Grant Grant, string Digest)> changed, CancellationToken cancellationToken)
    {
        foreach (var (grant, digest) in changed)
            await NoteAsync(grant, digest, cancellationToken);
    }

    private async Task NoteAsync(Grant grant, string digest, CancellationToken cancellationToken)
    {
        var before = grant.RulesDigest;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.RulesDigest == before)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.RulesDigest, digest), cancellationToken) == 0)
            return;
        // The first look, where the cluster did not answer at activation, is no change.
        if (before is not null)
            audit.Add(
                AuditEvents.GrantRoleChanged, AuditEvents.Gateway, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster,
                ("role", grant.Target.ToString()), ("before", before), ("rulesDigest", digest));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }
}
