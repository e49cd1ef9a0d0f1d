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
    public async Task CheckAsync(string cluster, IReadOnlyCollection<Grant> active, CancellationToken cancellationToken)
    {
        foreach (var role in active.GroupBy(grant => (grant.Target, Namespaces: string.Join(' ', grant.Namespaces))))
        {
            if (await roleRules.DigestAsync(cluster, role.Key.Target, role.First().Namespaces, cancellationToken) is not { } digest)
                continue;
            foreach (var grant in role.Where(grant => grant.RulesDigest != digest))
                await NoteAsync(grant, digest, cancellationToken);
        }
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
